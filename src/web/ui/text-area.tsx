import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface Props {
  label: string
  value: Signal<string>
  hint?: ComponentChildren
  rows?: number
  maxLength?: number
  autoFocus?: boolean
}

/** A labelled field of several lines. */
export function TextArea({ label, value, hint, rows = 3, maxLength, autoFocus = false }: Props) {
  const id = useId()
  const ref = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (autoFocus) ref.current!.focus()
  }, [])
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        ref={ref}
        id={id}
        dir="auto"
        rows={rows}
        maxLength={maxLength}
        aria-describedby={hint === undefined ? undefined : `${id}-note`}
        value={value.value}
        onInput={(event) => void (value.value = event.currentTarget.value)}
      />
      {hint !== undefined && (
        <p id={`${id}-note`} class="field-hint">
          {hint}
        </p>
      )}
    </div>
  )
}
