import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { RookeryError } from '../../../sdk/browser.ts'
import { rookery } from '../../state/client.ts'
import { become, me } from '../../state/session.ts'
import { toast } from '../../state/toasts.ts'
import { t } from '../../words/index.ts'
import { Avatar } from '../avatar.tsx'
import { Button } from '../button.tsx'
import { errorText } from '../errors.ts'
import { Field } from '../field.tsx'
import { TextArea } from '../text-area.tsx'
import { Section } from './section.tsx'

/** API.md's bounds, in characters. */
const nameLengthMax = 100
const bioLengthMax = 1_000

/** What others see of oneself. */
export function ProfileSettings() {
  const user = me.value!
  const name = useSignal(user.name)
  const bio = useSignal(user.bio)
  const busy = useSignal(false)
  const problem = useSignal<{ field: 'name' | 'all'; text: string } | undefined>(undefined)

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    busy.value = true
    problem.value = undefined
    try {
      await become(await rookery.updateProfile({ name: name.value.trim() || user.handle, bio: bio.value.trim() }))
      toast(t('saved'))
    } catch (error) {
      const field = error instanceof RookeryError && error.field === 'name' ? 'name' : 'all'
      problem.value = { field, text: errorText(error) }
    }
    busy.value = false
  }

  return (
    <Section title={t('profile')}>
      <Picture />
      <form onSubmit={save} noValidate>
        <Field
          label={t('name')}
          name="name"
          value={name.value}
          onInput={(event) => void (name.value = event.currentTarget.value)}
          maxLength={nameLengthMax}
          autocomplete="name"
          problem={problem.value?.field === 'name' ? problem.value.text : undefined}
        />
        <TextArea label={t('bio')} value={bio} maxLength={bioLengthMax} hint={t('bioHint')} />
        {problem.value?.field === 'all' && (
          <p class="form-problem" role="alert">
            {problem.value.text}
          </p>
        )}
        <Button kind="primary" type="submit" busy={busy.value}>
          {t('save')}
        </Button>
      </form>
    </Section>
  )
}

function Picture() {
  const user = me.value!
  const picker = useRef<HTMLInputElement>(null)
  const busy = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)

  /** `file` absent: without a picture from now on. */
  async function take(file?: File): Promise<void> {
    busy.value = true
    problem.value = undefined
    try {
      const avatar = file ? await uploadPicture(file) : ''
      await become(await rookery.updateProfile({ avatar }))
      toast(t(file ? 'pictureChanged' : 'pictureRemoved'))
    } catch (error) {
      problem.value = error instanceof Error && error.message === 'no picture' ? t('notAPicture') : errorText(error)
    }
    busy.value = false
  }

  return (
    <div class="settings-picture">
      <Avatar user={user} size={72} />
      <div>
        <div class="settings-buttons">
          <Button icon="image" busy={busy.value} onClick={() => picker.current!.click()}>
            {t('changePicture')}
          </Button>
          {user.avatar && (
            <Button kind="quiet" disabled={busy.value} onClick={() => void take()}>
              {t('removePicture')}
            </Button>
          )}
        </div>
        {problem.value && (
          <p class="field-problem" role="alert">
            {problem.value}
          </p>
        )}
      </div>
      <input
        ref={picker}
        type="file"
        accept="image/jpeg,image/png,image/gif,image/webp"
        aria-label={t('changePicture')}
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? []
          event.currentTarget.value = ''
          if (file) void take(file)
        }}
      />
    </div>
  )
}

async function uploadPicture(file: File): Promise<string> {
  const { id, type } = await rookery.uploadMedia(file)
  if (type !== 'image') throw new Error('no picture')
  return id
}
