import { useEffect, useRef, useState } from 'preact/hooks'
import type { Original } from '../../sdk/browser.ts'
import { t } from '../words/index.ts'
import { type Part, splitText } from './text.ts'

/** A message's words. All of it becomes text nodes and links made here: nothing in it can be markup. */
export function MessageText({ message }: { message: Pick<Original, 'text' | 'mentions'> }) {
  const mentioned = new Set(message.mentions.map(({ handle }) => handle))
  return (
    <p class="text" dir="auto">
      {splitText(message.text, mentioned).map((part, i) =>
        part.kind === 'text' ? part.text : <PartLink key={i} part={part} />,
      )}
    </p>
  )
}

/** Lines of a message in a list; `.folded` has them too. */
const linesMax = 15
/** A text of fewer signs has not many more lines than that, on the narrowest of windows. */
const signsMin = 200

/** A message's words in a list: what is beyond some lines is folded away. `unfolds`: until one asks for it. */
export function FoldedText({
  message,
  unfolds,
}: {
  message: Parameters<typeof MessageText>[0]['message']
  unfolds: boolean
}) {
  const { text } = message
  const long = text.length >= signsMin || text.split('\n').length > linesMax
  return long ? <Folded message={message} unfolds={unfolds} /> : <MessageText message={message} />
}

function Folded({ message, unfolds }: Parameters<typeof FoldedText>[0]) {
  const ref = useRef<HTMLDivElement>(null)
  const [cut, setCut] = useState(false)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const words = ref.current!.firstElementChild!
    // Not before the row is near the window: until then, looking would have it laid out.
    const sized = new ResizeObserver(() => setCut(words.scrollHeight > words.clientHeight + 1))
    sized.observe(words)
    return () => sized.disconnect()
  }, [])

  function unfold(): void {
    setOpen(true)
    // The button goes, and the focus would go with it.
    ref.current!.closest<HTMLElement>('article')?.focus({ preventScroll: true })
  }

  return (
    // What the browser brings into view in it, a link with the focus or a word that is looked for, unfolds it.
    <div ref={ref} class={open ? '' : 'folded'} onScrollCapture={() => setOpen(true)}>
      <MessageText message={message} />
      {cut && unfolds && (
        <button type="button" class="text-button" onClick={unfold}>
          {t('showAll')}
        </button>
      )}
    </div>
  )
}

function PartLink({ part }: { part: Exclude<Part, { kind: 'text' }> }) {
  if (part.kind === 'link') {
    return (
      <a href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
        <bdi>{shortLink(part.text)}</bdi>
      </a>
    )
  }
  const href = part.kind === 'mention' ? `/@${part.handle}` : `/explore?query=${encodeURIComponent(part.text)}`
  return (
    <a href={href}>
      <bdi>{part.text}</bdi>
    </a>
  )
}

const linkLengthMax = 60

/** Without what every link has, and cut where it is long. */
function shortLink(text: string): string {
  const bare = text.replace(/^https?:\/\/(www\.)?/i, '')
  return bare.length > linkLengthMax ? `${bare.slice(0, linkLengthMax)}…` : bare
}
