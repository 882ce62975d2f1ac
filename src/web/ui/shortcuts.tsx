import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { go } from '../state/router.ts'
import { me } from '../state/session.ts'
import { writeTo } from '../state/writing.ts'
import { t, type Word } from '../words/index.ts'
import { Dialog } from './dialog.tsx'

/** Keys of the whole page; two in a row are written `g h`. */
const keys: readonly (readonly [keys: string, word: Word & `shortcut${string}`])[] = [
  ['j', 'shortcutNext'],
  ['k', 'shortcutPrevious'],
  ['o', 'shortcutOpen'],
  ['l', 'shortcutLike'],
  ['b', 'shortcutBoost'],
  ['r', 'shortcutReply'],
  ['n', 'shortcutWrite'],
  ['.', 'shortcutNew'],
  ['/', 'shortcutSearch'],
  ['g h', 'shortcutHome'],
  ['g n', 'shortcutNotifications'],
  ['g p', 'shortcutProfile'],
  ['g s', 'shortcutSettings'],
  ['?', 'shortcutHelp'],
]

/** The key after `g` must come within this, in milliseconds. */
const secondKeyMs = 1_500

const cards = () => [...document.querySelectorAll<HTMLElement>('main [data-row]')]
const current = () => (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('[data-row]')

/** Moves the focus to the card below or above; from elsewhere to the first one in view. */
function step(by: 1 | -1): void {
  const all = cards()
  const at = current()
  const next = at ? all[all.indexOf(at) + by] : all.find((card) => card.getBoundingClientRect().top > 50)
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}

/** Of the message that has the focus; else of the one that the page is about. */
const press = (action: string) =>
  (current() ?? document.querySelector('main .card.main'))
    ?.querySelector<HTMLElement>(`[data-action=${action}]`)
    ?.click()

const does: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  o: () => current()?.querySelector<HTMLElement>('.card-time, .person-name')?.click(),
  l: () => press('like'),
  b: () => press('boost'),
  r: () => press('reply'),
  n: () => writeTo(),
  '.': () => {
    const fresh = document.querySelector<HTMLElement>('.fresh')
    if (fresh) fresh.click()
    else scrollTo({ top: 0 })
  },
  '/': () => {
    const field = document.querySelector<HTMLElement>('main input[type=search], .aside input[type=search]')
    if (field?.checkVisibility()) field.focus()
    else go('/explore')
  },
  'g h': () => go('/'),
  'g n': () => go('/inbox'),
  'g p': () => go(`/@${me.value!.handle}`),
  'g s': () => go('/settings'),
}

/** Listens to the keyboard, and lists what it does when asked with `?`. */
export function Shortcuts() {
  const open = useSignal(false)
  useEffect(() => {
    let first: { key: string; at: number } | undefined
    function pressed(event: KeyboardEvent): void {
      const target = event.target as HTMLElement
      const writes = target.matches('input, textarea, select, [contenteditable]')
      if (writes || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
      const second = first && event.timeStamp - first.at < secondKeyMs ? `${first.key} ${event.key}` : ''
      first = { key: event.key, at: event.timeStamp }
      if (event.key === '?') open.value = true
      const run = does[second] ?? does[event.key]
      if (!run) return
      event.preventDefault()
      run()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  if (!open.value) return null
  return (
    <Dialog title={t('shortcuts')} onClose={() => void (open.value = false)}>
      <dl class="keys">
        {[...keys, ['Ctrl Enter', 'shortcutSend'] as const].map(([pressed, word]) => (
          <div key={pressed}>
            <dt>
              {pressed.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(word)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
