import { rookery } from '../state/client.ts'
import { Pager } from '../state/pager.ts'
import { type Post, postOf } from '../state/posts.ts'
import { Composer } from '../ui/composer.tsx'
import { List } from '../ui/list.tsx'
import { MessageCard } from '../ui/message-card.tsx'
import { Page } from '../ui/page.tsx'
import { EmptyState } from '../ui/states.tsx'
import { t } from '../words/index.ts'

const pager = new Pager<Post>(async (before) => {
  const { messages, next } = await rookery.fetch({ length: 20, before })
  return { items: messages.map(postOf), next }
})

export default function Home() {
  return (
    <Page title={t('home')}>
      <Composer onSent={() => void pager.restart()} />
      <List
        of={pager}
        label={t('home')}
        row={(post) => <MessageCard key={post.peek().id} post={post} />}
        empty={
          <EmptyState icon="home" title={t('emptyTimeline')}>
            <p>{t('emptyTimelineMore')}</p>
            <a class="button primary" href="/explore">
              {t('findPeople')}
            </a>
          </EmptyState>
        }
      />
    </Page>
  )
}
