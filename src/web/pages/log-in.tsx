import { useState } from 'preact/hooks'
import { place } from '../state/router.ts'
import { isUnauthorized, logIn, registration } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { Door } from '../ui/door.tsx'
import { errorText } from '../ui/errors.ts'
import { Field } from '../ui/field.tsx'
import { t } from '../words/index.ts'

export default function LogIn() {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const handle = String(fields.get('handle')).trim().replace(/^@/, '')
    const password = String(fields.get('password'))
    if (handle === '') return setProblem(t('handleMissing'))
    if (password === '') return setProblem(t('passwordMissing'))
    setBusy(true)
    setProblem(undefined)
    try {
      await logIn(handle, password)
    } catch (error) {
      setProblem(isUnauthorized(error) ? t('wrongPassword') : errorText(error))
      setBusy(false)
    }
  }

  return (
    <Door title={t('welcomeBack')}>
      <form onSubmit={submit} noValidate>
        <Field
          label={t('handle')}
          name="handle"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          first
        />
        <Field label={t('password')} name="password" type="password" autocomplete="current-password" />
        {problem && (
          <p class="form-problem" role="alert">
            {problem}
          </p>
        )}
        <Button kind="primary" type="submit" busy={busy}>
          {t('logIn')}
        </Button>
      </form>
      {registration !== 'closed' && (
        <p class="door-other">
          {t('noAccount')} <a href={`/signup${toPart()}`}>{t('signUp')}</a>
        </p>
      )}
    </Door>
  )
}

/** Where one wanted to go goes along. */
export function toPart(): string {
  const to = place.value.query.get('to')
  return to === null ? '' : `?to=${encodeURIComponent(to)}`
}
