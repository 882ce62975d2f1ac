import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

/** A part of the settings. */
export function Section({ title, hint, children }: { title: string; hint?: string; children: ComponentChildren }) {
  const id = useId()
  return (
    <section class="settings-section sheet" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint && <p class="faint">{hint}</p>}
      {children}
    </section>
  )
}
