import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { RookeryError } from '../../../sdk/browser.ts'
import { type PushState, pushState, turnPushOff, turnPushOn } from '../../state/push.ts'
import { t } from '../../words/index.ts'
import { errorText } from '../errors.ts'
import { Section } from './section.tsx'

const whyNot = { insecure: 'pushInsecure', unsupported: 'pushUnsupported', denied: 'pushDenied' } as const

/** Whether this device is told of things while the page is closed. */
export function PushSettings() {
  const busy = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)
  const told = useSignal<PushState | undefined>(undefined)
  useEffect(() => void pushState().then((now) => void (told.value = now)), [])
  const state = told.value
  const may = state === 'on' || state === 'off'

  async function toggle(): Promise<void> {
    busy.value = true
    problem.value = undefined
    try {
      told.value = await (state === 'on' ? turnPushOff() : turnPushOn())
    } catch (error) {
      problem.value = error instanceof RookeryError ? errorText(error) : t('pushFailed')
    }
    busy.value = false
  }

  return (
    <Section title={t('notifications')} hint={t('pushHint')}>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={state === 'on'}
          aria-checked={state === 'on'}
          disabled={!may || busy.value}
          onChange={() => void toggle()}
        />
        <span>{t('pushOnThisDevice')}</span>
      </label>
      {state !== undefined && !may && <p class="settings-note">{t(whyNot[state])}</p>}
      {problem.value && (
        <p class="form-problem" role="alert">
          {problem.value}
        </p>
      )}
    </Section>
  )
}
