import { useSignal } from '@preact/signals'
import { type Person, toggleFollow } from '../state/people.ts'
import { me } from '../state/session.ts'
import { t } from '../words/index.ts'
import { Button } from './button.tsx'
import { toastError } from './errors.ts'

/** Follows somebody, or ends it; nothing where it is oneself. */
export function FollowButton({ person, primary = false }: { person: Person; primary?: boolean }) {
  const { id, name, handle, you } = person.value
  const busy = useSignal(false)
  if (id === me.value?.id) return null
  const following = you?.following ?? false
  const text = t(following ? 'following' : you?.followedBy ? 'followBack' : 'follow')

  async function toggle(): Promise<void> {
    if (busy.value) return
    busy.value = true
    await toggleFollow(person).catch((error) => toastError(error, t('followFailed', { name: name || handle })))
    busy.value = false
  }

  return (
    <Button
      kind={primary && !following ? 'primary' : 'plain'}
      aria-label={`${text} ${name || handle}`}
      onClick={() => void toggle()}
    >
      {text}
    </Button>
  )
}
