import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { t } from '../words/index.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { errorText } from './errors.ts'

interface Props {
  title: string
  /** What the button says that does it. */
  does: string
  danger?: boolean
  /** Nothing is done before it holds. */
  ready: boolean
  /** Whatever it throws is told, and the form stays as it is. */
  run: () => Promise<void>
  onClose: () => void
  children: ComponentChildren
}

/** A form in a dialog, which closes once it is done. */
export function DialogForm({ title, does, danger = false, ready, run, onClose, children }: Props) {
  const busy = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)

  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    if (!ready || busy.value) return
    busy.value = true
    problem.value = undefined
    try {
      await run()
      onClose()
    } catch (error) {
      problem.value = errorText(error)
      busy.value = false
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        {problem.value && (
          <p class="form-problem" role="alert">
            {problem.value}
          </p>
        )}
        <div class="dialog-foot">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind={danger ? 'danger' : 'primary'} type="submit" busy={busy.value} disabled={!ready}>
            {does}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
