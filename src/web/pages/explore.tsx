import { useMemo } from 'preact/hooks'
import { rookery } from '../state/client.ts'
import { keptFor, Pager } from '../state/pager.ts'
import { type Post, postOf } from '../state/posts.ts'
import { go, place } from '../state/router.ts'
import { MessageList } from '../ui/message-list.tsx'
import { Page } from '../ui/page.tsx'
import { keptPeople, People } from '../ui/people.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { EmptyState } from '../ui/states.tsx'
import { t, tr } from '../words/index.ts'

type What = 'messages' | 'people'

const address = (query: string, what: What) =>
  `/explore?query=${encodeURIComponent(query)}${what === 'people' ? '&in=people' : ''}`

/** Messages by their words and people by their names; before anything is looked for, people one might follow. */
export default function Explore() {
  const { query: asked, key } = place.value
  const query = asked.get('query')?.trim() ?? ''
  // An @ begins a handle.
  const what: What = asked.get('in') === 'people' || query.startsWith('@') ? 'people' : 'messages'
  return (
    <Page title={t('explore')}>
      <div class="page-search">
        <SearchField query={query} search={(wanted) => go(address(wanted, what))} />
      </div>
      {query === '' ? (
        <Suggested />
      ) : (
        <>
          <nav class="tabs" aria-label={t('searchIn')}>
            <Tab query={query} what="messages" current={what} />
            <Tab query={query} what="people" current={what} />
          </nav>
          {what === 'people' ? (
            <FoundPeople key={`${key} ${query}`} query={query.replace(/^@/, '')} />
          ) : (
            <FoundMessages key={`${key} ${query}`} query={query} />
          )}
        </>
      )}
    </Page>
  )
}

function Tab({ query, what, current }: { query: string; what: What; current: What }) {
  const bare = what === 'messages' ? query.replace(/^@/, '') : query
  return (
    <a href={address(bare, what)} {...(what === current && { 'aria-current': 'page' as const })}>
      {t(what === 'people' ? 'people' : 'messages')}
    </a>
  )
}

function FoundMessages({ query }: { query: string }) {
  const pager = useMemo(() => {
    return keptFor(`${place.peek().key} search ${query}`, () => {
      return new Pager<Post>(async (before) => {
        const { messages, next } = await rookery.search(query, { before })
        return { items: messages.map(postOf), next }
      })
    })
  }, [query])
  return <MessageList of={pager} label={t('searchResults')} empty={<NothingFound query={query} />} />
}

function FoundPeople({ query }: { query: string }) {
  const pager = useMemo(() => keptPeople(`people ${query}`, (page) => rookery.searchPeople(query, page)), [query])
  return <People of={pager} label={t('searchResults')} empty={<NothingFound query={query} />} />
}

function NothingFound({ query }: { query: string }) {
  return (
    <EmptyState icon="search" title={t('nothingFound', { query })}>
      <p>{t('nothingFoundMore')}</p>
    </EmptyState>
  )
}

function Suggested() {
  const pager = useMemo(() => keptPeople('suggestions', (page) => rookery.suggestions(page)), [])
  return (
    <>
      <h2 class="section-title">{t('suggestions')}</h2>
      <People
        of={pager}
        label={t('suggestions')}
        empty={
          <EmptyState icon="search" title={t('noSuggestions')}>
            <p>{tr('noSuggestionsMore', { address: <bdi>{location.origin}</bdi> })}</p>
          </EmptyState>
        }
      />
    </>
  )
}
