import type { ComponentChildren, JSX } from 'preact'
import { Icon, type IconName } from './icon.tsx'

type Props = {
  /** `primary` is what the page is for; there is one at most. */
  kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  icon?: IconName
  /** It works on it: no second press meanwhile. */
  busy?: boolean
  children?: ComponentChildren
} & Omit<JSX.IntrinsicElements['button'], 'icon'>

export function Button({ kind = 'plain', icon, busy = false, children, disabled, type = 'button', ...rest }: Props) {
  return (
    <button {...rest} type={type} class={`button ${kind}`} disabled={disabled || busy} aria-busy={busy}>
      {icon && <Icon name={icon} size={20} />}
      {children}
    </button>
  )
}

/** A picture to press; `label` says what it does, to all. */
export function IconButton({
  icon,
  label,
  size,
  ...rest
}: { icon: IconName; label: string; size?: number } & JSX.IntrinsicElements['button']) {
  return (
    <button type="button" {...rest} class={`icon-button ${rest.class ?? ''}`} aria-label={label} title={label}>
      <Icon name={icon} size={size} />
    </button>
  )
}
