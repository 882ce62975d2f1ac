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

/** One's own message before it is out: on its way, waiting for the network, or refused with the reason. */
export function PendingCard({ waiting }: { waiting: Waiting }) {
  const { draft: written, error } = waiting
  const user = me.value!
  const media = written.media?.length ?? 0

  const opening = useSignal(false)

  async function open(): Promise<void> {
    opening.value = true
    await edit(waiting).catch((error) => toastError(error))
    opening.value = false
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
            <Button onClick={() => sendAgain(waiting)}>{t('sendAgain')}</Button>
            <Button busy={opening.value} onClick={open}>
              {t('editAgain')}
            </Button>
            <Button onClick={() => discard(waiting)}>{t('throwAway')}</Button>
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
