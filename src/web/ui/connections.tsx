import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { UserList } from '../../sdk/browser.ts'
import { rookery } from '../state/client.ts'
import type { Pager } from '../state/pager.ts'
import type { Person } from '../state/people.ts'
import { t, type Word } from '../words/index.ts'
import { Page } from './page.tsx'
import { keptPeople, People } from './people.tsx'
import { EmptyState, ErrorNote, Skeleton } from './states.tsx'

type Which = Word & ('followers' | 'following')

/** Who follows somebody, or whom they follow. */
export function Connections({ handle, which }: { handle: string; which: Which }) {
  const list = useSignal<Pager<Person> | undefined>(undefined)
  const error = useSignal<unknown>(undefined)

  async function load(): Promise<void> {
    error.value = undefined
    try {
      const { id } = await rookery.user(`@${handle}`)
      list.value = keptPeople(which, (page): Promise<UserList> => rookery[which](id, page))
    } catch (thrown) {
      error.value = thrown
    }
  }
  useEffect(() => void load(), [handle])

  return (
    <Page title={t(`${which}Title`, { name: `@${handle}` })} back>
      <nav class="tabs" aria-label={`@${handle}`}>
        {(['followers', 'following'] as const).map((each) => (
          <a key={each} href={`/@${handle}/${each}`} {...(each === which && { 'aria-current': 'page' as const })}>
            {t(each)}
          </a>
        ))}
      </nav>
      {error.value !== undefined ? (
        <ErrorNote error={error.value} retry={() => void load()} />
      ) : list.value ? (
        <People
          of={list.value}
          label={t(which)}
          empty={<EmptyState icon="person" title={t(which === 'followers' ? 'noFollowers' : 'noFollowing')} />}
        />
      ) : (
        <Skeleton />
      )}
    </Page>
  )
}
