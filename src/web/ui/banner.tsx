import { online } from '../state/network.ts'
import { pending } from '../state/timeline.ts'
import { t } from '../words/index.ts'
import { Icon } from './icon.tsx'

/** Says that the server cannot be reached, and what becomes of what one has written. */
export function Banner() {
  if (online.value) return null
  const count = pending.value.filter(({ error }) => !error).length
  return (
    <p class="banner" role="status">
      <Icon name="offline" size={18} />
      <span>
        {t(navigator.onLine ? 'reconnecting' : 'offline')} {count > 0 && t('waitingOut', { count })}
      </span>
    </p>
  )
}
