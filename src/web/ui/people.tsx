import type { ComponentChildren } from 'preact'
import type { UserList } from '../../sdk/browser.ts'
import { keptFor, Pager } from '../state/pager.ts'
import { type Person, personOf } from '../state/people.ts'
import { place } from '../state/router.ts'
import { List } from './list.tsx'
import { PersonRow } from './person-row.tsx'

const pageLength = 30

/** A pager of people. `load` asks for a page of them. */
export function peoplePager(
  load: (page: { length: number; before: string | undefined }) => Promise<UserList>,
): Pager<Person> {
  return new Pager(async (before) => {
    const { users, next } = await load({ length: pageLength, before })
    return { items: users.map(personOf), next }
  })
}

/** The same, kept for when one comes back; `name` is its own within the page. */
export const keptPeople = (name: string, load: Parameters<typeof peoplePager>[0]): Pager<Person> =>
  keptFor(`${place.value.key} ${name}`, () => peoplePager(load))

/** A list of people that grows as one scrolls down. */
export function People({ of, label, empty }: { of: Pager<Person>; label: string; empty: ComponentChildren }) {
  return (
    <List of={of} label={label} empty={empty} row={(person) => <PersonRow key={person.peek().id} person={person} />} />
  )
}
