import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Session } from '../../../sdk/browser.ts'
import { rookery } from '../../state/client.ts'
import { logOut } from '../../state/session.ts'
import { toast } from '../../state/toasts.ts'
import { t } from '../../words/index.ts'
import { Button } from '../button.tsx'
import { toastError } from '../errors.ts'
import { ErrorNote, Skeleton } from '../states.tsx'
import { RelativeTime } from '../time.tsx'
import { Section } from './section.tsx'

/** Where one is logged in, and the end of each. */
export function SessionSettings() {
  const sessions = useSignal<readonly Session[] | undefined>(undefined)
  const error = useSignal<unknown>(undefined)
  const busy = useSignal<string | undefined>(undefined)

  async function load(): Promise<void> {
    error.value = undefined
    try {
      sessions.value = (await rookery.sessions()).sessions
    } catch (thrown) {
      error.value = thrown
    }
  }
  useEffect(() => void load(), [])

  async function end({ id, current }: Session): Promise<void> {
    busy.value = id
    try {
      if (current) await logOut()
      else {
        await rookery.endSession(id)
        sessions.value = sessions.value!.filter((each) => each.id !== id)
        toast(t('sessionIsEnded'))
      }
    } catch (thrown) {
      toastError(thrown, t('sessionNotEnded'))
    }
    busy.value = undefined
  }

  return (
    <Section title={t('sessions')} hint={t('sessionsHint')}>
      {error.value !== undefined ? (
        <ErrorNote error={error.value} retry={() => void load()} />
      ) : sessions.value ? (
        <ul class="rows">
          {sessions.value.map((session) => {
            const name = session.name ?? t('unknownDevice')
            return (
              <li key={session.id} class="row">
                <span class="row-words">
                  <bdi class="row-name">{name}</bdi>
                  <span class="faint">
                    <RelativeTime at={session.createdAt} />
                  </span>
                </span>
                {session.current && <span class="chip">{t('thisDevice')}</span>}
                <Button
                  busy={busy.value === session.id}
                  aria-label={session.current ? t('logOut') : `${t('logOut')}: ${name}`}
                  onClick={() => void end(session)}
                >
                  {t('logOut')}
                </Button>
              </li>
            )
          })}
        </ul>
      ) : (
        <Skeleton rows={2} />
      )}
    </Section>
  )
}
