import { useSignal } from '@preact/signals'
import type { UserList } from '../../../sdk/browser.ts'
import { rookery } from '../../state/client.ts'
import { type Person, toggleBlock, toggleMute } from '../../state/people.ts'
import { t } from '../../words/index.ts'
import { Button } from '../button.tsx'
import { toastError } from '../errors.ts'
import { List } from '../list.tsx'
import { peoplePager } from '../people.tsx'
import { PersonRow } from '../person-row.tsx'
import { Section } from './section.tsx'

/** Whom one has muted and blocked, and the end of it. */
export function HiddenSettings() {
  return (
    <Section title={t('hiddenPeople')} hint={t('hiddenPeopleHint')}>
      <Fold title={t('mutedPeople')} load={(page) => rookery.mutes(page)} ends="unmute" />
      <Fold title={t('blockedPeople')} load={(page) => rookery.blocks(page)} ends="unblock" />
    </Section>
  )
}

type Ends = 'unmute' | 'unblock'

/** Read when it is opened, and each time anew. */
function Fold({ title, load, ends }: { title: string; load: Parameters<typeof peoplePager>[0]; ends: Ends }) {
  const pager = useSignal<ReturnType<typeof peoplePager> | undefined>(undefined)
  return (
    <details
      class="fold"
      onToggle={(event) => {
        pager.value = event.currentTarget.open ? peoplePager((page): Promise<UserList> => load(page)) : undefined
      }}
    >
      <summary>{title}</summary>
      {pager.value && (
        <List
          of={pager.value}
          label={title}
          empty={<p class="list-done">{t('nobodyIs')}</p>}
          row={(person) => (
            <PersonRow key={person.peek().id} person={person} action={<End person={person} ends={ends} />} />
          )}
        />
      )}
    </details>
  )
}

/** Does and undoes it, so that a slip costs nothing. */
function End({ person, ends }: { person: Person; ends: Ends }) {
  const busy = useSignal(false)
  const { you, name, handle } = person.value
  const hidden = ends === 'unmute' ? you?.muted : you?.blocked
  const text = t(ends === 'unmute' ? (hidden ? 'unmute' : 'mute') : hidden ? 'unblock' : 'block')

  async function toggle(): Promise<void> {
    busy.value = true
    await (ends === 'unmute' ? toggleMute(person) : toggleBlock(person)).catch((error) => toastError(error))
    busy.value = false
  }

  return (
    <Button busy={busy.value} aria-label={`${text} ${name || handle}`} onClick={() => void toggle()}>
      {text}
    </Button>
  )
}
