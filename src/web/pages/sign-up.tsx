import { useState } from 'preact/hooks'
import { RookeryError } from '../../sdk/browser.ts'
import { registration, signUp } from '../state/session.ts'
import { Button } from '../ui/button.tsx'
import { Door } from '../ui/door.tsx'
import { errorText } from '../ui/errors.ts'
import { Field } from '../ui/field.tsx'
import { EmptyState } from '../ui/states.tsx'
import { t } from '../words/index.ts'
import { toPart } from './log-in.tsx'

type Problems = Partial<Record<'handle' | 'password' | 'name' | 'invite' | 'all', string>>

export default function SignUp() {
  const [problems, setProblems] = useState<Problems>({})
  const [busy, setBusy] = useState(false)

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const text = (name: string) => String(fields.get(name) ?? '').trim()
    const handle = text('handle').replace(/^@/, '')
    const password = String(fields.get('password'))
    const [name, invite] = [text('name'), text('invite')]
    const wrong: Problems = {
      ...(!/^[A-Za-z0-9_]{1,30}$/.test(handle) && { handle: t(handle === '' ? 'handleMissing' : 'handleWrong') }),
      ...([...password].length < 8 && { password: t('passwordShort') }),
      ...(registration === 'invite' && invite === '' && { invite: t('inviteMissing') }),
    }
    setProblems(wrong)
    const first = Object.keys(wrong)[0]
    if (first) return form.querySelector<HTMLElement>(`[name=${first}]`)?.focus()
    setBusy(true)
    try {
      await signUp({ handle, password, ...(name && { name }), ...(invite && { invite }) })
    } catch (error) {
      setBusy(false)
      const field = error instanceof RookeryError ? (error.code === 'handle_taken' ? 'handle' : error.field) : undefined
      setProblems({ [field && field in { handle, password, name, invite } ? field : 'all']: errorText(error) })
    }
  }

  if (registration === 'closed') {
    return (
      <Door title={t('signUp')}>
        <EmptyState icon="shield" title={t('registrationClosed')}>
          <p>{t('registrationClosedMore')}</p>
          <a class="button primary" href="/login">
            {t('logIn')}
          </a>
        </EmptyState>
      </Door>
    )
  }
  return (
    <Door title={t('createAccount')}>
      <form onSubmit={submit} noValidate>
        <Field
          label={t('handle')}
          name="handle"
          hint={t('handleHint')}
          problem={problems.handle}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          first
        />
        <Field label={t('nameOptional')} name="name" problem={problems.name} autocomplete="name" maxLength={100} />
        <Field
          label={t('password')}
          name="password"
          type="password"
          hint={t('passwordHint')}
          problem={problems.password}
          autocomplete="new-password"
        />
        {registration === 'invite' && (
          <Field
            label={t('inviteCode')}
            name="invite"
            hint={t('inviteHint')}
            problem={problems.invite}
            autocomplete="off"
            spellcheck={false}
          />
        )}
        {problems.all && (
          <p class="form-problem" role="alert">
            {problems.all}
          </p>
        )}
        <Button kind="primary" type="submit" busy={busy}>
          {t('signUp')}
        </Button>
      </form>
      <p class="door-other">
        {t('haveAccount')} <a href={`/login${toPart()}`}>{t('logIn')}</a>
      </p>
    </Door>
  )
}
