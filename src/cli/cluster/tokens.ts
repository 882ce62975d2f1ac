/** Murmur3's tokens go from −2^63 to 2^63 − 1; a node owns those from its predecessor's (exclusive) to its own. */
const least = -(2n ** 63n)
const ringSize = 2n ** 64n

/** The places of the first nodes of a ring, which share it evenly. */
export function evenTokens(nodes: number): bigint[] {
  return Array.from({ length: nodes }, (_, index) => least + (ringSize * BigInt(index)) / BigInt(nodes))
}

/** How much of the ring each token's node owns, from 0 to 1, in the order of `tokens`. */
export function sharesOf(tokens: readonly bigint[]): number[] {
  return tokens.map((token) => Number((widthOf(token, tokens) * 1_000_000n) / ringSize) / 1_000_000)
}

/** The place for one more node: the middle of the widest share. */
export function tokenForOneMore(tokens: readonly bigint[]): bigint {
  const widest = tokens.reduce((a, b) => (widthOf(b, tokens) > widthOf(a, tokens) ? b : a))
  const middle = widest - widthOf(widest, tokens) / 2n
  return middle < least ? middle + ringSize : middle
}

function widthOf(token: bigint, tokens: readonly bigint[]): bigint {
  let width = ringSize
  for (const other of tokens) {
    const distance = (token - other + ringSize) % ringSize
    if (other !== token && distance < width) width = distance
  }
  return width
}
