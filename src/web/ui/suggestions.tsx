import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { rookery } from '../state/client.ts'
import { type Person, personOf } from '../state/people.ts'
import { onLogOut } from '../state/session.ts'
import { t } from '../words/index.ts'
import { PersonRow } from './person-row.tsx'

const shownMax = 4
/** One list for all places that show it, read once. */
const suggested = signal<readonly Person[] | undefined>(undefined)
let asked = false

async function load(): Promise<void> {
  if (asked) return
  asked = true
  try {
    suggested.value = (await rookery.suggestions({ length: shownMax })).users.map(personOf)
  } catch {
    // Nobody waits for it: the next place asks again.
    asked = false
  }
}

onLogOut(() => {
  asked = false
  suggested.value = undefined
})

/** A few people whom one might follow; nothing where there are none. */
export function Suggestions() {
  useEffect(() => void load(), [])
  const people = suggested.value
  if (!people || people.length === 0) return null
  return (
    <section class="suggestions" aria-label={t('suggestions')}>
      <h2>{t('suggestions')}</h2>
      {people.map((person) => (
        <PersonRow key={person.peek().id} person={person} />
      ))}
      <a class="suggestions-more" href="/explore">
        {t('showMore')}
      </a>
    </section>
  )
}
