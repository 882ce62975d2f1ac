import { dialogs, dismiss, toasts } from '../state/toasts.ts'
import { t } from '../words/index.ts'
import { IconButton } from './button.tsx'

/**
 * Where toasts appear: on the page, and in a dialog while it is open. What is a problem is read out at once, the rest when
 * there is a pause.
 */
export function Toasts({ inDialog = false }: { inDialog?: boolean }) {
  const here = inDialog || dialogs.value === 0 ? toasts.value : []
  return (
    <div class="toasts">
      {(['note', 'problem'] as const).map((kind) => (
        <div key={kind} role={kind === 'note' ? 'status' : 'alert'}>
          {here
            .filter((toast) => toast.kind === kind)
            .map(({ id, text, action }) => (
              <div key={id} class={`toast ${kind}`}>
                <span>{text}</span>
                {action && (
                  <button
                    type="button"
                    class="toast-action"
                    onClick={() => {
                      dismiss(id)
                      action.run()
                    }}
                  >
                    {action.text}
                  </button>
                )}
                <IconButton icon="close" label={t('close')} size={18} onClick={() => dismiss(id)} />
              </div>
            ))}
        </div>
      ))}
    </div>
  )
}
