/** The ring in `count` equal ranges of tokens: each above its first bound, up to its second. As text: they pass 2^53. */
export function tokenRanges(count: number): readonly (readonly [above: string, upTo: string])[] {
  const at = (n: number) => -(2n ** 63n) + (2n ** 64n * BigInt(n)) / BigInt(count)
  return Array.from({ length: count }, (_, i) => {
    const last = i === count - 1 ? 2n ** 63n - 1n : at(i + 1)
    return [String(at(i)), String(last)] as const
  })
}
