import { useSignal } from '@preact/signals'
import type { Invite } from '../../sdk/browser.ts'
import { rookery } from '../state/client.ts'
import { registration } from '../state/session.ts'
import { toast } from '../state/toasts.ts'
import { t } from '../words/index.ts'
import { Button } from './button.tsx'
import { toastError } from './errors.ts'
import { full } from './time.tsx'

/** Invitations, made here and given to whom one wants. */
export function Invitations() {
  const made = useSignal<readonly Invite[]>([])
  const busy = useSignal(false)

  async function make(): Promise<void> {
    busy.value = true
    try {
      made.value = [await rookery.invite(), ...made.value]
    } catch (error) {
      toastError(error)
    }
    busy.value = false
  }

  return (
    <section class="settings-section sheet" aria-labelledby="invitations">
      <h2 id="invitations">{t('invitations')}</h2>
      <p class="faint">{t(registration === 'invite' ? 'invitationsHint' : 'invitationsNotNeeded')}</p>
      <ul class="rows" aria-live="polite">
        {made.value.map(({ code, expiresAt }) => (
          <li key={code} class="row">
            <span class="row-words">
              <code>{code}</code>
              <span class="faint">{t('invitationUntil', { time: full(new Date(expiresAt)) })}</span>
            </span>
            <Button icon="link" onClick={() => void copy(code)}>
              {t('copy')}
            </Button>
          </li>
        ))}
      </ul>
      <Button icon="plus" busy={busy.value} onClick={() => void make()}>
        {t('makeInvitation')}
      </Button>
    </section>
  )
}

async function copy(code: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(code)
    toast(t('codeCopied'))
  } catch {
    // Without https there is no clipboard to write to: the code can be selected.
    toast(t('copyFailed'), { kind: 'problem' })
  }
}
