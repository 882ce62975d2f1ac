import { foldHandle } from './text.ts'

/**
 * A handle after an @ that begins a word: not within an e-mail address, a path of a URL or a longer word, nor before
 * another @ (the address of somebody on another server).
 */
const mention = /(?<![\p{L}\p{N}\p{M}_@/#&=+~%-])@([A-Za-z0-9_]{1,30})(?![\p{L}\p{N}\p{M}_]|@[\p{L}\p{N}])/gu

/** The handles that a text mentions, folded, each once, in the order of the text; no more than the first `most`. */
export function handlesIn(text: string, most: number): string[] {
  const found = new Set<string>()
  if (!text.includes('@')) return []
  for (const [, handle] of text.matchAll(mention)) {
    found.add(foldHandle(handle!))
    if (found.size === most) break
  }
  return [...found]
}
