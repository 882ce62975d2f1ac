import type { ComponentChildren } from 'preact'
import type { Person } from '../state/people.ts'
import { t } from '../words/index.ts'
import { Avatar } from './avatar.tsx'
import { FollowButton } from './follow-button.tsx'

/** Somebody in a list. `action` stands at its end, in place of the button to follow. */
export function PersonRow({ person, action }: { person: Person; action?: ComponentChildren }) {
  const user = person.value
  const name = user.name || user.handle
  return (
    <article class="person" data-row={user.id} tabIndex={-1} aria-label={name}>
      {/* biome-ignore lint/a11y/useAnchorContent: for the mouse alone; the name beside it is the link for all */}
      <a class="card-avatar" href={`/@${user.handle}`} tabIndex={-1} aria-hidden="true">
        <Avatar user={user} />
      </a>
      <div class="person-words">
        <a class="person-name" href={`/@${user.handle}`}>
          <bdi class="card-name">{name}</bdi>
          <bdi class="card-handle">@{user.handle}</bdi>
        </a>
        {user.you?.followedBy && <span class="chip">{t('followsYou')}</span>}
        {user.bio !== '' && (
          <p class="person-bio" dir="auto">
            {user.bio}
          </p>
        )}
      </div>
      {action ?? <FollowButton person={person} />}
    </article>
  )
}
