/**
 * Bare limit of `publish` and `like`: the same rows written into the same tables by plain statements, so many to a commit
 * with fsync as there are clients waiting. Arguments: folder, `messages` or `likes`, rows to a commit, seconds, bytes of a
 * message.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageBody } from '../../src/core/message.ts'
import { openConnection } from '../../src/engines/embedded/connection.ts'
import { migrate } from '../../src/engines/embedded/schema.ts'
import { textOf } from '../population.ts'

const [folder, kind, atOnce, seconds, bytes] = process.argv.slice(2)
rmSync(folder!, { recursive: true, force: true })
mkdirSync(folder!, { recursive: true })
const db = openConnection(join(folder!, 'bare.sqlite'))
migrate(db)

const outboxRow = db.query('INSERT OR IGNORE INTO outbox (id, author, flags, prev) VALUES (?, ?, ?, ?)')
const message = db.query('INSERT OR IGNORE INTO messages (id, author, body) VALUES (?, ?, ?)')
const index = db.query('INSERT OR IGNORE INTO by_author (author, id, mode, prev) VALUES (?, ?, ?, ?)')
const like = db.query('INSERT OR IGNORE INTO likes (user, message) VALUES (?, ?)')
const liker = db.query('INSERT OR IGNORE INTO likers (message, user) VALUES (?, ?)')
const count = db.query(
  'INSERT INTO counts (message, likes) VALUES (?, 1) ON CONFLICT (message) DO UPDATE SET likes = likes + 1',
)
const text = textOf(Number(bytes ?? 250))
const firstId = 500_000_000_000_000

function writeMessage(i: number): void {
  const id = firstId + i
  const author = (i % 64) + 1
  outboxRow.run(id, author, 0, id - 64)
  message.run(id, author, messageBody(id, text))
  index.run(author, id, 0, id - 64)
}

function writeLike(): void {
  const user = 1 + ((Math.random() * 2_000) | 0)
  const id = firstId + ((Math.random() * 1_000) | 0)
  if (like.run(user, id).changes === 0) return
  liker.run(id, user)
  count.run(id)
}

let rows = 0
const began = performance.now()
while (performance.now() - began < Number(seconds) * 1000) {
  db.run('BEGIN IMMEDIATE')
  for (let i = 0; i < Number(atOnce); i++) {
    if (kind === 'likes') writeLike()
    else writeMessage(rows)
    rows += 1
  }
  db.run('COMMIT')
  if (rows % 2_048 < Number(atOnce)) db.run('PRAGMA wal_checkpoint(PASSIVE)')
}
process.stdout.write(JSON.stringify({ perSecond: rows / ((performance.now() - began) / 1000) }))
db.close()
