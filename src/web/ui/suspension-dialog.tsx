import { signal, useSignal } from '@preact/signals'
import type { Author } from '../../sdk/browser.ts'
import { rookery } from '../state/client.ts'
import { toast } from '../state/toasts.ts'
import { t } from '../words/index.ts'
import { DialogForm } from './dialog-form.tsx'
import { toastError } from './errors.ts'
import { reasonLengthMax } from './report-dialog.tsx'
import { TextArea } from './text-area.tsx'

/** Who is about to be suspended: its dialog is open. */
export const suspending = signal<Author | undefined>(undefined)

/** Where a moderator suspends somebody; once in a page that offers it. */
export function SuspensionDialog() {
  return suspending.value && <Open user={suspending.value} />
}

function Open({ user }: { user: Author }) {
  const reason = useSignal('')
  const name = user.name || user.handle

  async function run(): Promise<void> {
    await rookery.suspend(user.id, reason.value.trim())
    toast(t('isSuspended', { name }), { action: { text: t('undo'), run: () => void restore(user) } })
  }

  return (
    <DialogForm
      title={t('suspendTitle', { name })}
      does={t('suspend')}
      danger
      ready={reason.value.trim() !== ''}
      run={run}
      onClose={() => void (suspending.value = undefined)}
    >
      <p>{t('suspendMore')}</p>
      <TextArea label={t('suspendReason')} value={reason} maxLength={reasonLengthMax} autoFocus />
    </DialogForm>
  )
}

/** Takes a suspension back, and says so. */
export async function restore(user: Author): Promise<void> {
  const name = user.name || user.handle
  try {
    await rookery.restore(user.id)
    toast(t('isRestored', { name }))
  } catch (error) {
    toastError(error, t('restoreFailed', { name }))
  }
}
