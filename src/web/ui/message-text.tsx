import type { Original } from '../../sdk/browser.ts'
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
