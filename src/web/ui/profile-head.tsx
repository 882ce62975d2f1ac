import { useSignal } from '@preact/signals'
import { type Person, toggleBlock, toggleMute, toggleNotify } from '../state/people.ts'
import { me } from '../state/session.ts'
import { toast } from '../state/toasts.ts'
import { shortNumber, t, tr } from '../words/index.ts'
import { Avatar } from './avatar.tsx'
import { IconButton } from './button.tsx'
import { confirm } from './dialog.tsx'
import { toastError } from './errors.ts'
import { FollowButton } from './follow-button.tsx'
import { type Choice, Menu } from './menu.tsx'
import { MessageText } from './message-text.tsx'
import { reporting } from './reporting.ts'
import { SuspensionDialog, suspending } from './suspension-dialog.tsx'
import { monthOf } from './time.tsx'

/** Who somebody is, and what one may do about them. */
export function ProfileHead({ person }: { person: Person }) {
  const user = person.value
  const { you } = user
  const name = user.name || user.handle
  const mine = user.id === me.value?.id
  return (
    <section class="profile" aria-label={name}>
      <div class="profile-top">
        <Avatar user={user} size={88} />
        <div class="profile-actions">
          {mine ? (
            <a class="button" href="/settings">
              {t('editProfile')}
            </a>
          ) : (
            <>
              {you?.following && <Bell person={person} />}
              <FollowButton person={person} primary />
              <Menu label={t('moreAbout', { name })} choices={() => choices(person)} />
            </>
          )}
        </div>
      </div>
      <h2 class="profile-name">
        <bdi>{name}</bdi>
      </h2>
      <p class="profile-handle">
        <bdi>@{user.handle}</bdi>
        {you?.followedBy && <span class="chip">{t('followsYou')}</span>}
        {you?.muted && <span class="chip">{t('muted')}</span>}
      </p>
      {user.bio !== '' && <MessageText message={{ text: user.bio, mentions: [] }} />}
      <p class="profile-since faint">{t('joined', { month: monthOf(user.createdAt) })}</p>
      <p class="profile-counts">
        <a href={`/@${user.handle}/following`}>{counted('followingCount', user.following)}</a>
        <a href={`/@${user.handle}/followers`}>{counted('followersCount', user.followers)}</a>
        <span>{counted('messagesCount', user.messages)}</span>
      </p>
      <SuspensionDialog />
    </section>
  )
}

/** The number stands out from its words. */
function counted(word: 'followingCount' | 'followersCount' | 'messagesCount', count: number) {
  // `count` chooses the form.
  const values = { count, number: <b>{shortNumber(count)}</b> }
  return tr(word, values)
}

function Bell({ person }: { person: Person }) {
  const busy = useSignal(false)
  const { name, handle, you } = person.value
  const on = you?.notify ?? false

  async function toggle(): Promise<void> {
    busy.value = true
    try {
      await toggleNotify(person)
      toast(t(on ? 'notifyIsOff' : 'notifyIsOn', { name: name || handle }))
    } catch (error) {
      toastError(error)
    }
    busy.value = false
  }

  return (
    <IconButton
      icon="bell"
      class={on ? 'on' : ''}
      label={t('notifyOf', { name: name || handle })}
      aria-pressed={on}
      disabled={busy.value}
      onClick={() => void toggle()}
    />
  )
}

function choices(person: Person): Choice[] {
  const user = person.value
  const { muted, blocked } = user.you ?? { muted: false, blocked: false }
  const name = user.name || user.handle
  return [
    { text: t(muted ? 'unmuteName' : 'muteName', { name }), icon: 'mute', run: () => void mute(person) },
    {
      text: t(blocked ? 'unblockName' : 'blockName', { name }),
      icon: 'block',
      danger: !blocked,
      run: () => void block(person),
    },
    { text: t('reportName', { name }), icon: 'flag', run: () => void (reporting.value = { user }) },
    ...(me.value?.role === 'user'
      ? []
      : [
          {
            text: t('suspendName', { name }),
            icon: 'shield' as const,
            danger: true,
            run: () => void (suspending.value = user),
          },
        ]),
  ]
}

async function mute(person: Person): Promise<void> {
  const name = person.value.name || person.value.handle
  try {
    await toggleMute(person)
    toast(t(person.value.you?.muted ? 'isMuted' : 'isNotMuted', { name }))
  } catch (error) {
    toastError(error)
  }
}

async function block(person: Person): Promise<void> {
  const name = person.value.name || person.value.handle
  const blocks = !person.value.you?.blocked
  if (blocks && !(await confirm(t('blockTitle', { name }), t('blockMore'), t('block')))) return
  try {
    await toggleBlock(person)
    toast(t(blocks ? 'isBlocked' : 'isNotBlocked', { name }))
  } catch (error) {
    toastError(error)
  }
}
