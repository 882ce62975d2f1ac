import { useEffect, useRef, useState } from 'preact/hooks'
import { onLeave } from '../state/router.ts'
import { IconButton } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

export interface Choice {
  readonly text: string
  readonly icon: IconName
  readonly danger?: boolean
  readonly run: () => void
}

/** What else one may do, behind a button. Arrow keys move; Escape, the focus that goes on and going elsewhere close. */
export function Menu({
  label,
  choices,
  size = 20,
}: {
  label: string
  choices: () => readonly Choice[]
  size?: number
}) {
  const [open, setOpen] = useState(false)
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const items = () => [...ref.current!.querySelectorAll<HTMLElement>('[role=menuitem]')]
    items()[0]?.focus()
    const outside = (event: Event) => {
      if (!ref.current!.contains(event.target as Node)) setOpen(false)
    }
    const key = (event: KeyboardEvent) => {
      const all = items()
      const at = all.indexOf(document.activeElement as HTMLElement)
      if (event.key === 'Escape') {
        setOpen(false)
        ref.current!.querySelector<HTMLElement>('button')?.focus()
      } else if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus()
      else if (event.key === 'ArrowUp') all.at((at - 1) % all.length)?.focus()
      else return
      event.preventDefault()
      event.stopPropagation()
    }
    const left = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget && !ref.current!.contains(relatedTarget as Node)) setOpen(false)
    }
    const { current } = ref
    const stay = onLeave(() => setOpen(false))
    document.addEventListener('pointerdown', outside)
    current!.addEventListener('keydown', key)
    current!.addEventListener('focusout', left)
    return () => {
      stay()
      document.removeEventListener('pointerdown', outside)
      current!.removeEventListener('keydown', key)
      current!.removeEventListener('focusout', left)
    }
  }, [open])
  return (
    <div class="menu" ref={ref}>
      <IconButton
        icon="more"
        label={label}
        size={size}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div class="menu-list" role="menu" aria-label={label}>
          {choices().map(({ text, icon, danger, run }) => (
            <button
              key={text}
              type="button"
              role="menuitem"
              class={danger ? 'danger' : ''}
              onClick={() => {
                setOpen(false)
                // What is chosen from goes: the focus stays with what it is about.
                ref.current!.querySelector<HTMLElement>('button')?.focus()
                run()
              }}
            >
              <Icon name={icon} size={20} />
              {text}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
