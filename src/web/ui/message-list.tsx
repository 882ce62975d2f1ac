import type { ComponentChildren } from 'preact'
import type { Pager } from '../state/pager.ts'
import { isDeleted, type Post } from '../state/posts.ts'
import { List } from './list.tsx'
import { MessageCard } from './message-card.tsx'

/** Messages, without those that were deleted meanwhile; `empty` is shown where none are left. */
export const MessageList = (props: { of: Pager<Post>; empty: ComponentChildren; label: string }) => (
  <List
    {...props}
    gone={(post) => isDeleted(post.peek())}
    row={(post) => <MessageCard key={post.peek().id} post={post} />}
  />
)
