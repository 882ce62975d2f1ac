import type { Original } from '../../sdk/index.ts'
import { splitText } from './text.ts'

/** A message's words. All of it becomes text nodes and links made here: nothing in it can be markup. */
export function MessageText({ message }: { message: Pick<Original, 'text' | 'mentions'> }) {
  const mentioned = new Set(message.mentions.map(({ handle }) => handle))
  return (
    <p class="text" dir="auto">
      {splitText(message.text, mentioned).map((part, i) => {
        switch (part.kind) {
          case 'text':
            return part.text
          case 'mention':
            return (
              <a key={i} href={`/@${part.handle}`}>
                <bdi>{part.text}</bdi>
              </a>
            )
          case 'tag':
            return (
              <a key={i} href={`/explore?query=${encodeURIComponent(part.text)}`}>
                <bdi>{part.text}</bdi>
              </a>
            )
          case 'link':
            return (
              <a key={i} href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc">
                <bdi>{shortLink(part.text)}</bdi>
              </a>
            )
        }
      })}
    </p>
  )
}

const linkLengthMax = 60

/** Without what every link has, and cut where it is long. */
function shortLink(text: string): string {
  const bare = text.replace(/^https?:\/\/(www\.)?/i, '')
  return bare.length > linkLengthMax ? `${bare.slice(0, linkLengthMax)}…` : bare
}
