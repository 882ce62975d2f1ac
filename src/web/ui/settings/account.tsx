import { useSignal } from '@preact/signals'
import { deleteAccount, logOut, me } from '../../state/session.ts'
import { t } from '../../words/index.ts'
import { Button } from '../button.tsx'
import { DialogForm } from '../dialog-form.tsx'
import { toastError } from '../errors.ts'
import { Section } from './section.tsx'

/** One's data, and the ways out. */
export function AccountSettings() {
  const leaving = useSignal(false)
  const deleting = useSignal(false)

  async function leave(): Promise<void> {
    leaving.value = true
    await logOut().catch((error) => toastError(error, t('logOutFailed')))
    leaving.value = false
  }

  return (
    <Section title={t('account')}>
      <ul class="rows">
        <li class="row">
          <span class="row-words">
            <span class="row-name">{t('export')}</span>
            <span class="faint">{t('exportHint')}</span>
          </span>
          <a class="button" href="/users/me/export" download="rookery.ndjson">
            {t('downloadIt')}
          </a>
        </li>
        <li class="row">
          <span class="row-words">
            <span class="row-name">{t('logOut')}</span>
            <span class="faint">{t('logOutHint')}</span>
          </span>
          <Button icon="exit" busy={leaving.value} onClick={() => void leave()}>
            {t('logOut')}
          </Button>
        </li>
        <li class="row">
          <span class="row-words">
            <span class="row-name">{t('deleteAccount')}</span>
            <span class="faint">{t('deleteAccountHint')}</span>
          </span>
          <Button kind="danger" aria-haspopup="dialog" onClick={() => void (deleting.value = true)}>
            {t('deleteAccount')}
          </Button>
        </li>
      </ul>
      {deleting.value && <DeleteAccount onClose={() => void (deleting.value = false)} />}
    </Section>
  )
}

function DeleteAccount({ onClose }: { onClose: () => void }) {
  const typed = useSignal('')
  const { handle } = me.value!
  const right = typed.value.trim().replace(/^@/, '').toLowerCase() === handle
  return (
    <DialogForm
      title={t('deleteAccountTitle')}
      does={t('deleteAccount')}
      danger
      ready={right}
      run={deleteAccount}
      onClose={onClose}
    >
      <p>{t('deleteAccountMore')}</p>
      <div class="field">
        <label for="confirm-handle">{t('deleteAccountType', { handle: `@${handle}` })}</label>
        <input
          id="confirm-handle"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={typed.value}
          onInput={(event) => void (typed.value = event.currentTarget.value)}
        />
      </div>
    </DialogForm>
  )
}
