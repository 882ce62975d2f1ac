/** Which bytes of `length` a request asks for (RFC 9110, 14): from `from` to before `to`. */
export type Asked = { readonly from: number; readonly to: number } | 'whole' | 'unsatisfiable'

/**
 * One range; several, or what is none, count as if nothing was asked. `If-Range` must name the very `etag`, or the whole is
 * given.
 */
export function askedRange(headers: Headers, etag: string, length: number): Asked {
  const ifRange = headers.get('if-range')
  if (ifRange !== null && ifRange !== etag) return 'whole'
  const [, first, last] = /^bytes=\s*([0-9]*)-([0-9]*)\s*$/i.exec(headers.get('range') ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole'
  if (first === '') {
    const suffix = Math.min(Number(last), length)
    return suffix === 0 ? 'unsatisfiable' : { from: length - suffix, to: length }
  }
  const from = Number(first)
  if (last !== '' && Number(last) < from) return 'whole'
  if (from >= length) return 'unsatisfiable'
  return { from, to: last === '' ? length : Math.min(Number(last) + 1, length) }
}

/** Whether `If-None-Match` names the tag; weak ones count too (RFC 9110, 13.1.2). */
export function namesTag(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  return ifNoneMatch.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()))
}
