/** The list in pieces of at most `length`, in its order. */
export function chunks<T>(list: readonly T[], length: number): T[][] {
  const pieces: T[][] = []
  for (let from = 0; from < list.length; from += length) pieces.push(list.slice(from, from + length))
  return pieces
}
