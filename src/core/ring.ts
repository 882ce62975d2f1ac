/** Murmur3's tokens go from −2^63 to 2^63 − 1; a node owns those from its predecessor's (exclusive) to its own. */
export const ringSize = 2n ** 64n

/** How much of the ring each token's node owns, from 0 to 1, in the order of `tokens`, which are all different. */
export function sharesOf(tokens: readonly bigint[]): number[] {
  const sorted = [...tokens].sort((a, b) => (a < b ? -1 : 1))
  const widths = new Map(
    sorted.map((token, i) => [token, (token - sorted.at(i - 1)! + ringSize) % ringSize || ringSize]),
  )
  return tokens.map((token) => Number((widths.get(token)! * 1_000_000n) / ringSize) / 1_000_000)
}
