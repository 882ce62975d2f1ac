import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { t } from '../words/index.ts'
import { Icon } from './icon.tsx'

interface Props {
  label: string
  name: string
  hint?: ComponentChildren
  /** What is wrong with it, in a sentence. */
  problem?: string | undefined
  type?: 'text' | 'password'
  value?: string
  autocomplete?: string
  autocapitalize?: string
  spellcheck?: boolean
  /** Where one begins to type when the page opens. */
  first?: boolean
  maxLength?: number
  onInput?: (event: InputEvent & { currentTarget: HTMLInputElement }) => void
}

/** A labelled line to fill in. A password may be looked at. */
export function Field({ label, hint, problem, type = 'text', first, ...rest }: Props) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const secret = type === 'password'
  const note = problem ?? hint
  const line = {
    dir: 'auto',
    ...rest,
    'data-first': first,
    id,
    type: secret && shown ? 'text' : type,
    'aria-invalid': problem !== undefined,
    ...(note !== undefined && { 'aria-describedby': `${id}-note` }),
  }
  return (
    <div class={problem ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      <div class="field-line">
        <input {...(line as object)} />
        {secret && (
          <button
            type="button"
            class="field-show"
            aria-pressed={shown}
            aria-label={t(shown ? 'hidePassword' : 'showPassword')}
            onClick={() => setShown(!shown)}
          >
            <Icon name="eye" size={20} />
          </button>
        )}
      </div>
      {note !== undefined && (
        <p id={`${id}-note`} class={problem ? 'field-problem' : 'field-hint'}>
          {note}
        </p>
      )}
    </div>
  )
}
