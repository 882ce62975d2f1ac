import type { Database } from 'bun:sqlite'
import { type MessageId, makeId, type UserId } from '../../core/ids.ts'
import { messageBody } from '../../core/message.ts'
import { randomNumbers } from './bulk-load-synthetic.ts'
import { outboxFlags } from './codes.ts'
import { wordIndex } from './search-writer.ts'

const textBytesMin = 100
const textBytesMax = 300
/**
 * Outbox rows are written for the newest messages: what the engine's memory of recent messages holds at most. Older ones
 * have none, as after the engine's own trimming.
 */
const outboxRowsMax = 2_097_152
/** Messages between two reports of progress. */
const reportEvery = 8_192

/**
 * Writes `count` messages of random authors, spread evenly from `beginMs` to `endMs`; all are done, so a start delivers
 * nothing. Returns the number of messages.
 */
export function writeMessages(
  db: Database,
  {
    count,
    users,
    seed,
    beginMs,
    endMs,
  }: { count: number; users: number; seed: number; beginMs: number; endMs: number },
  userIdOf: (index: number) => UserId,
  progress: (done: number) => void,
): void {
  if (count === 0) return
  const idOf = evenIds(count, beginMs, endMs)
  const random = randomNumbers(seed)
  const text = textMaker(random)
  const authors = new Uint32Array(count)
  /** The author's message before, as its place and one. */
  const previous = new Uint32Array(count)
  const latest = new Uint32Array(users)
  const prevOf = (i: number) => (previous[i] === 0 ? null : idOf(previous[i]! - 1))
  const insertMessage = db.query('INSERT INTO messages (id, author, body) VALUES (?, ?, ?)')
  const insertRow = db.query('INSERT INTO outbox (id, author, flags, prev) VALUES (?, ?, ?, ?)')
  const words = wordIndex(db)
  const firstRow = Math.max(0, count - outboxRowsMax)
  for (let i = 0; i < count; i++) {
    const author = Math.floor(random() * users)
    authors[i] = author
    previous[i] = latest[author]!
    latest[author] = i + 1
    const body = messageBody(idOf(i), text())
    insertMessage.run(idOf(i), userIdOf(author), body)
    words.add(idOf(i), body)
    if (i >= firstRow) insertRow.run(idOf(i), userIdOf(author), outboxFlags.done, prevOf(i))
    if (i % reportEvery === 0) progress(i)
  }

  // By author, so that the table grows at its end alone.
  const insertIndex = db.query('INSERT INTO by_author (author, id, mode, prev) VALUES (?, ?, 0, ?)')
  const byAuthor = Uint32Array.from(authors.keys()).sort((a, b) => authors[a]! - authors[b]! || a - b)
  for (const i of byAuthor) insertIndex.run(userIdOf(authors[i]!), idOf(i), prevOf(i))

  const saveMeta = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  saveMeta.run('watermark', idOf(count - 1) + 1)
  saveMeta.run('indexed_to', idOf(count - 1))
  saveMeta.run('searched_to', idOf(count - 1))
  saveMeta.run('searched_from', 0)
  if (firstRow > 0) saveMeta.run('outbox_from', idOf(firstRow))
}

/** `count` rising ids from `beginMs` to `endMs`, by place. */
function evenIds(count: number, beginMs: number, endMs: number): (place: number) => MessageId {
  const perMs = Math.ceil(count / (endMs - beginMs))
  const slots = Math.ceil(count / perMs)
  const step = (endMs - beginMs) / slots
  return (place) => makeId(Math.floor(beginMs + Math.floor(place / perMs) * step), 0, place % perMs)
}

const words =
  'the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part over new sound take only little work know place year live me back give most very after thing our just name good sentence man think say great where help through much before line right too mean old any same tell boy follow came want show also around form three small set put end does another well large must big even such because turn here why ask went men read need land different home us move try kind hand picture again change off play spell air away animal house point page letter mother answer found study still learn should world'.split(
    ' ',
  )

/** Texts of 100 to 300 bytes: stretches of one long run of words, which costs far less than making each anew. */
function textMaker(random: () => number): () => string {
  let run = ''
  const starts: number[] = []
  while (run.length < 65_536) {
    starts.push(run.length)
    run += `${words[Math.floor(random() * words.length)]!} `
  }
  const lastStart = starts.findLastIndex((start) => start + textBytesMax < run.length)
  return () => {
    const start = starts[Math.floor(random() * lastStart)]!
    const length = textBytesMin + Math.floor(random() * (textBytesMax - textBytesMin + 1))
    const text = run.slice(start, start + length)
    return text.endsWith(' ') ? `${text.slice(0, -1)}.` : text
  }
}
