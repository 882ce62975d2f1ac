/** What a message's text is made of. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'mention'; readonly text: string; readonly handle: string }
  | { readonly kind: 'tag'; readonly text: string; readonly tag: string }

/**
 * Links, mentions and hashtags, in the order of the text. What begins a mention is what the server takes for one
 * (src/core/mentions.ts); only those it knows become links.
 */
const special =
  /(?<url>\bhttps?:\/\/[^\s<>"]{1,2000})|(?<![\p{L}\p{N}\p{M}_@/#&=+~%-])@(?<handle>[A-Za-z0-9_]{1,30})(?![\p{L}\p{N}\p{M}_]|@[\p{L}\p{N}])|(?<![\p{L}\p{N}\p{M}_/#&])#(?<tag>(?=[\p{N}_]*\p{L})[\p{L}\p{N}\p{M}_]{1,100})/giu

/** Cuts a text into its parts; together they are the text again. `mentioned`: the handles that are somebody's. */
export function splitText(text: string, mentioned: ReadonlySet<string>): Part[] {
  const parts: Part[] = []
  let from = 0
  const plain = (to: number) => void (to > from && parts.push({ kind: 'text', text: text.slice(from, to) }))
  for (const match of text.matchAll(special)) {
    const { url, handle, tag } = match.groups!
    const part =
      url !== undefined ? linkPart(url) : handle !== undefined ? mentionPart(handle, mentioned) : tagPart(tag!)
    if (!part) continue
    plain(match.index)
    parts.push(part)
    from = match.index + part.text.length
  }
  plain(text.length)
  return parts
}

const opening: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** A link ends before the punctuation of its sentence, and before a bracket that was opened before it. */
function linkPart(found: string): Part | undefined {
  let end = found.length
  for (; end > 0; end--) {
    const last = found[end - 1]!
    const open = opening[last]
    if (open === undefined ? !/[.,;:!?'…»”’*_~]/u.test(last) : opens(found, end, open) >= opens(found, end, last)) break
  }
  const text = found.slice(0, end)
  const href = URL.parse(text)
  return href && href.hostname !== '' ? { kind: 'link', text, href: href.href } : undefined
}

function opens(text: string, end: number, bracket: string): number {
  let count = 0
  for (let i = 0; i < end; i++) if (text[i] === bracket) count++
  return count
}

function mentionPart(handle: string, mentioned: ReadonlySet<string>): Part | undefined {
  const folded = handle.toLowerCase()
  return mentioned.has(folded) ? { kind: 'mention', text: `@${handle}`, handle: folded } : undefined
}

const tagPart = (tag: string): Part => ({ kind: 'tag', text: `#${tag}`, tag })
