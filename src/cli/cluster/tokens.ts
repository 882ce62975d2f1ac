import { ringSize } from '../../core/ring.ts'

const least = -(2n ** 63n)

/** The places of the first nodes of a ring, which share it evenly. */
export function evenTokens(nodes: number): bigint[] {
  return Array.from({ length: nodes }, (_, index) => least + (ringSize * BigInt(index)) / BigInt(nodes))
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
