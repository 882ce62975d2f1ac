/** Ids in a plain array, sorted upward and free of repeats. */
export type SortedIds = number[]

/** The index of the first id that is not below `id`. */
export function lowerBound(ids: SortedIds, id: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}

export function insert(ids: SortedIds, id: number): void {
  const at = lowerBound(ids, id)
  if (ids[at] !== id) ids.splice(at, 0, id)
}

export function remove(ids: SortedIds, id: number): void {
  const at = lowerBound(ids, id)
  if (ids[at] === id) ids.splice(at, 1)
}

/** At most `limit` ids below `id`, largest first. */
export function idsBelow(ids: SortedIds, id: number, limit: number): number[] {
  const end = lowerBound(ids, id)
  return ids.slice(Math.max(0, end - limit), end).reverse()
}

/** At most `limit` ids above `id`, smallest first. */
export function idsAbove(ids: SortedIds, id: number, limit: number): number[] {
  const start = lowerBound(ids, id + 1)
  return ids.slice(start, start + limit)
}
