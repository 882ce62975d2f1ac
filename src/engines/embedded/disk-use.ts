import type { Database } from 'bun:sqlite'

/** Bytes of the database's pages that hold something: what was deleted makes room for what comes, the file stays as long. */
export function bytesInUse(reader: Database): number {
  const number = (pragma: string) => (reader.query(`PRAGMA ${pragma}`).values() as [[number]])[0]![0]
  return (number('page_count') - number('freelist_count')) * number('page_size')
}
