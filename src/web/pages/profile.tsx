import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { RookeryError } from '../../sdk/browser.ts'
import type { PageProps } from '../routes.ts'
import { rookery } from '../state/client.ts'
import { keptFor, Pager } from '../state/pager.ts'
import { type Person, personOf, readSoon, toggleBlock } from '../state/people.ts'
import { type Post, postOf } from '../state/posts.ts'
import { place } from '../state/router.ts'
import { onEvent } from '../state/timeline.ts'
import { Button } from '../ui/button.tsx'
import { toastError } from '../ui/errors.ts'
import { MessageList } from '../ui/message-list.tsx'
import { Page } from '../ui/page.tsx'
import { ProfileHead } from '../ui/profile-head.tsx'
import { EmptyState, ErrorNote, Skeleton } from '../ui/states.tsx'
import { t } from '../words/index.ts'

/** What somebody's page holds, kept for when one comes back to it. */
interface Kept {
  person: Person | undefined
}

/** Somebody, and what they wrote. */
export default function Profile({ handle }: PageProps) {
  const kept = useMemo(() => keptFor(`${place.peek().key} @${handle}`, (): Kept => ({ person: undefined })), [handle])
  const person = useSignal(kept.person)
  const error = useSignal<unknown>(undefined)

  async function load(): Promise<void> {
    error.value = undefined
    try {
      kept.person = await find(handle)
      person.value = kept.person
    } catch (thrown) {
      if (!person.peek()) error.value = thrown
    }
  }
  useEffect(() => void load(), [handle])

  const user = person.value?.value
  const gone = error.value instanceof RookeryError && error.value.code === 'no_such_user'
  return (
    <Page title={user ? user.name || user.handle : `@${handle}`} back>
      {gone ? (
        <EmptyState icon="person" title={t('nobodyHere', { name: `@${handle}` })}>
          <p>{t('nobodyHereMore')}</p>
        </EmptyState>
      ) : error.value !== undefined ? (
        <ErrorNote error={error.value} retry={() => void load()} />
      ) : !person.value ? (
        <Skeleton rows={3} />
      ) : user!.you?.blocked ? (
        <Blocked person={person.value} onUnblocked={() => void load()} />
      ) : (
        <>
          <ProfileHead person={person.value} />
          <Messages id={user!.id} name={user!.name || user!.handle} />
        </>
      )}
    </Page>
  )
}

/** Whom one has blocked is to oneself as if absent, but for the list of them. */
async function find(handle: string): Promise<Person> {
  try {
    return personOf(await rookery.user(`@${handle}`))
  } catch (error) {
    if (!(error instanceof RookeryError) || error.code !== 'no_such_user') throw error
    for (let before: string | undefined; ; ) {
      const { users, next } = await rookery.blocks({ length: 100, before })
      const found = users.find((user) => user.handle === handle)
      if (found) return personOf(found)
      if (next === undefined) throw error
      before = next
    }
  }
}

function Blocked({ person, onUnblocked }: { person: Person; onUnblocked: () => void }) {
  const busy = useSignal(false)
  const name = person.value.name || person.value.handle

  async function unblock(): Promise<void> {
    busy.value = true
    try {
      await toggleBlock(person)
      onUnblocked()
    } catch (error) {
      toastError(error)
    }
    busy.value = false
  }

  return (
    <EmptyState icon="block" title={t('youBlocked', { name })}>
      <p>{t('youBlockedMore')}</p>
      <Button busy={busy.value} onClick={() => void unblock()}>
        {t('unblock')}
      </Button>
    </EmptyState>
  )
}

function Messages({ id, name }: { id: string; name: string }) {
  const pager = useMemo(() => {
    return keptFor(`${place.peek().key} messages of ${id}`, () => {
      return new Pager<Post>(async (before) => {
        const { messages, next } = await rookery.userMessages(id, { before })
        return { items: messages.map(postOf), next }
      })
    })
  }, [id])
  useEffect(() => {
    return onEvent((event) => {
      const message = event.type === 'message' || event.type === 'sent' ? event.message : undefined
      if (message?.author.id !== id || pager.items.peek().some((each) => each.peek().id === message.id)) return
      pager.addFirst(postOf(message))
      readSoon(id)
    })
  }, [id])
  return (
    <MessageList
      of={pager}
      label={t('messagesOf', { name })}
      empty={
        <EmptyState icon="pen" title={t('noMessages')}>
          <p>{t('noMessagesMore', { name })}</p>
        </EmptyState>
      }
    />
  )
}
