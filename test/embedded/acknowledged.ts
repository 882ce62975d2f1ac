import { expect } from 'bun:test'
import type { EmbeddedEngine } from '../../src/engines/embedded/index.ts'

/** Checks that everything the child said it had written is there, and returns how much that was. */
export async function expectAcknowledged(engine: EmbeddedEngine, lines: readonly string[]): Promise<number> {
  const deleted = new Set<number>()
  const hot = new Set(engine.hotLog.after(0, Number.MAX_SAFE_INTEGER).map((entry) => entry.id))
  const missing: string[] = []
  for (const line of lines) if (line.startsWith('deleted ')) deleted.add(Number(line.split(' ')[1]))
  for (const line of lines) {
    const [kind, first, second] = line.split(' ')
    const id = Number(first)
    let there: boolean
    if (kind === 'user') there = (await engine.users.many([id]))[0]?.handle === `u${id}`
    else if (kind === 'like') there = (await engine.likes.likedAmong(id, [Number(second)])).size === 1
    else if (kind === 'hot') there = hot.has(id)
    else if (kind === 'deleted') there = (await engine.messages.many([id]))[0] === undefined
    else there = deleted.has(id) || (await isStored(engine, id))
    if (!there) missing.push(line)
  }
  expect(missing).toEqual([])
  return lines.length
}

/** In the store, in its author's outbox and, unless the deletion's answer was cut off, nowhere else in part. */
async function isStored(engine: EmbeddedEngine, id: number): Promise<boolean> {
  const row = await engine.outboxRows.row(id)
  if (!row) return false
  const [message] = await engine.messages.many([id])
  const outbox = await engine.messages.outbox(row.author, id + 1, 1)
  const listed = outbox[0]?.id === id
  expect(listed).toBe(message !== undefined)
  if (message) return true
  // Deleted, and killed before that was said.
  const deletions = await engine.messages.deletions(0, Number.MAX_SAFE_INTEGER)
  return deletions.some((deletion) => deletion.id === id)
}
