import { useSignal } from '@preact/signals'
import type { Waiting } from '../../sdk/browser.ts'
import { online } from '../state/network.ts'
import { discard, edit, sendAgain } from '../state/sending.ts'
import { me } from '../state/session.ts'
import { refusalText } from '../words/errors.ts'
import { t } from '../words/index.ts'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { toastError } from './errors.ts'
import { Icon } from './icon.tsx'
import { MessageText } from './message-text.tsx'

/** What one may do with what was refused. */
const acts = [
  [sendAgain, 'sendAgain'],
  [edit, 'editAgain'],
  [discard, 'throwAway'],
] as const
type Act = (typeof acts)[number][0]

/** One's own message before it is out: on its way, waiting for the network, or refused with the reason. */
export function PendingCard({ waiting }: { waiting: Waiting }) {
  const { draft: written, error } = waiting
  const user = me.value!
  const media = written.media?.length ?? 0

  const busy = useSignal<Act | undefined>(undefined)

  /** One of them, once: a second press would send it twice. */
  async function take(act: Act): Promise<void> {
    if (busy.value) return
    busy.value = act
    await act(waiting).catch((error) => toastError(error))
    busy.value = undefined
  }

  return (
    <article class="card pending" aria-label={t('messageBy', { name: user.name || user.handle })} aria-busy={!error}>
      <span class="card-avatar">
        <Avatar user={user} />
      </span>
      <div class="card-body">
        <header class="card-head">
          <span class="card-author">
            <bdi class="card-name">{user.name || user.handle}</bdi>
            <bdi class="card-handle">@{user.handle}</bdi>
          </span>
        </header>
        <MessageText message={{ text: written.text ?? '', mentions: [] }} />
        {media > 0 && <p class="faint">{t('mediaCount', { count: media })}</p>}
        {error ? (
          <div class="pending-problem" role="alert">
            <p class="field-problem">
              {t('notSent')}: {refusalText(error)}
            </p>
            {acts.map(([act, word]) => (
              <Button key={word} busy={busy.value === act} onClick={() => void take(act)}>
                {t(word)}
              </Button>
            ))}
          </div>
        ) : (
          <p class="pending-state">
            <Icon name="clock" size={16} />
            {t(online.value ? 'sending' : 'waitsForNetwork')}
          </p>
        )}
      </div>
    </article>
  )
}
