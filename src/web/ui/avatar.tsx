import { useState } from 'preact/hooks'
import type { Author } from '../../sdk/browser.ts'

/** Hues that white letters are legible on. */
const hues = 12
/** Below the milliseconds of an id: the same for most. */
const idTailBits = 12n

/** Somebody's picture, or their first letter on a colour of their own. It says nothing that their name beside it does not. */
export function Avatar({ user, size = 44 }: { user: Author; size?: number }) {
  const [failed, setFailed] = useState(false)
  const style = { width: `${size}px`, height: `${size}px`, fontSize: `${size * 0.42}px` }
  if (user.avatar && !failed) {
    return (
      <img
        class="avatar"
        src={pictureUrl(user.avatar)}
        alt=""
        style={style}
        loading="lazy"
        decoding="async"
        onError={() => setFailed(true)}
      />
    )
  }
  const first = [...(user.name || user.handle)][0]?.toUpperCase() ?? '?'
  return (
    <span
      class={`avatar hue-${Number((BigInt(user.id || 0) >> idTailBits) % BigInt(hues))}`}
      style={style}
      aria-hidden="true"
    >
      {first}
    </span>
  )
}

/** `avatar` is a path, a URL, or the bare id of a medium. */
const pictureUrl = (avatar: string) => (/^(\/|https?:)/.test(avatar) ? avatar : `/media/${avatar}/preview`)
