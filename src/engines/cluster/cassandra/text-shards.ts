/** FNV-1a over UTF-16 units, mixed once more: which of `shards` a text lies in. Never changed: places are computed from it. */
export function shardOfText(text: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) % shards
}
