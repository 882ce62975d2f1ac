import { type Signal, signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { onLeave } from '../state/router.ts'
import { dialogs } from '../state/toasts.ts'
import { t } from '../words/index.ts'
import { Button, IconButton } from './button.tsx'
import { Toasts } from './toasts.tsx'

/** A window above the page; Escape, the cross, a press beside it and going elsewhere call `onClose`. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
  wide?: boolean
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const close = useRef(onClose)
  close.current = onClose
  // Before the effects of what is in it, which may take the focus.
  useLayoutEffect(() => {
    const dialog = ref.current!
    const before = document.activeElement
    dialog.showModal()
    dialogs.value++
    const stay = onLeave(() => close.current())
    return () => {
      stay()
      dialogs.value--
      dialog.close()
      // What it was about is over with it, also where all that is around it went, as with the session.
      close.current()
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>{title}</h2>
          <IconButton icon="close" label={t('close')} onClick={onClose} />
        </header>
        {children}
      </div>
      <Toasts inDialog />
    </dialog>
  )
}

interface Question {
  readonly title: string
  readonly more: string
  readonly yes: string
  readonly answer: (yes: boolean) => void
}
const question: Signal<Question | undefined> = signal(undefined)

/** Asks before something that cannot be undone; resolves to whether to do it. */
export function confirm(title: string, more: string, yes: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      title,
      more,
      yes,
      answer(yes) {
        question.value = undefined
        resolve(yes)
      },
    }
  })
}

/** Where `confirm` asks; once in the page. */
export function Confirmation() {
  const asked = question.value
  if (!asked) return null
  return (
    <Dialog title={asked.title} onClose={() => asked.answer(false)}>
      <p>{asked.more}</p>
      <div class="dialog-foot">
        <Button onClick={() => asked.answer(false)}>{t('cancel')}</Button>
        <Button kind="danger" onClick={() => asked.answer(true)}>
          {asked.yes}
        </Button>
      </div>
    </Dialog>
  )
}
