import type { Database } from 'bun:sqlite'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { makeId, type UserId } from '../../core/ids.ts'

/** Ids of one millisecond that one node gives. */
const idsPerMs = 64
/** Users between two reports of progress. */
const reportEvery = 16_384

/** The ids of loaded users: one after the other, all before the moment `endMs`. */
export function loadedUserIds(users: number, endMs: number): (index: number) => UserId {
  const beginMs = endMs - Math.ceil(users / idsPerMs)
  return (index) => makeId(beginMs + Math.floor(index / idsPerMs), 0, index % idsPerMs)
}

/** `u` and the node's number; at most 16 characters. */
export function loadedHandle(node: number): string {
  return `u${node}`
}

/** Writes the users. Indexes that may be absent meanwhile are made at the end, sorted, which is faster and leaves no gaps. */
export function writeUsers(
  db: Database,
  nodes: Float64Array,
  idOf: (index: number) => UserId,
  counts: { followers: (index: number) => number; following: (index: number) => number },
  progress: (done: number) => void,
): void {
  const indexes = db.query(
    "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'users' AND type = 'index' AND sql > ''",
  )
  const dropped = indexes.values() as [name: string, sql: string][]
  for (const [name] of dropped) db.run(`DROP INDEX ${name}`)
  const insert = db.query(
    `INSERT INTO users (number, id, handle, name, bio, role, password_hash, followers, following)
     VALUES (?, ?, ?, ?, '', 'user', NULL, ?, ?)`,
  )
  for (let i = 0; i < nodes.length; i++) {
    const handle = loadedHandle(nodes[i]!)
    insert.run(i + 1, idOf(i), handle, handle, counts.followers(i), counts.following(i))
    if (i % reportEvery === 0) progress(i)
  }
  for (const [, sql] of dropped) db.run(sql)
}

/** Characters of the token file written at once. */
const linesAtOnce = 2 ** 20

/** Bytes of a token, and of its hash. */
const tokenBytes = 32

/**
 * Makes a token for each user. They are stored as hashes, in the order of the hashes, so that the table grows at its end
 * alone; the tokens themselves are returned, in base64url, by index.
 */
export function writeTokens(
  db: Database,
  users: number,
  idOf: (index: number) => UserId,
  now: number,
  progress: (done: number) => void,
): (index: number) => string {
  const tokens = Buffer.alloc(users * tokenBytes)
  for (let at = 0; at < tokens.length; at += 65_536) crypto.getRandomValues(tokens.subarray(at, at + 65_536))
  const tokenOf = (index: number) => tokens.toString('base64url', index * tokenBytes, (index + 1) * tokenBytes)
  const hashes = Buffer.alloc(users * tokenBytes)
  /** The first 26 bits of a hash and the index below them: sorted, nearly the order of the hashes. */
  const order = new Float64Array(users)
  for (let i = 0; i < users; i++) {
    const hash = new Bun.CryptoHasher('sha256').update(tokenOf(i)).digest()
    hashes.set(hash, i * tokenBytes)
    order[i] = (hashes.readUInt32BE(i * tokenBytes) >>> 6) * 67_108_864 + i
  }
  order.sort()
  const insert = db.query('INSERT INTO tokens (token, user, created_at) VALUES (?, ?, ?)')
  for (let i = 0; i < users; i++) {
    const index = order[i]! % 67_108_864
    insert.run(hashes.subarray(index * tokenBytes, (index + 1) * tokenBytes), idOf(index), now)
    if (i % reportEvery === 0) progress(i)
  }
  return tokenOf
}

/** The message is one sentence for the person who named the file. */
class TokenFileUnusable extends Error {
  override readonly name = 'TokenFileUnusable'

  constructor(path: string, why: string) {
    super(`The tokens cannot be written to ${path} (${why}): give --tokens a file in a folder that is there and ours.`)
  }
}

/** The file of tokens while it is not whole; whoever reads it can be any of these users. */
export class TokenFile {
  readonly #path: string
  readonly #file: FileHandle

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Opened before anything is loaded, so that a path that cannot be written costs no load. Throws TokenFileUnusable. */
  static async begin(path: string): Promise<TokenFile> {
    const there = await stat(path).catch(() => undefined)
    if (there?.isDirectory()) throw new TokenFileUnusable(path, 'it is a folder')
    try {
      return new TokenFile(path, await open(`${path}.part`, 'w', 0o600))
    } catch (error) {
      throw new TokenFileUnusable(path, (error as { code?: string }).code ?? String(error))
    }
  }

  /** Writes `node TAB userId TAB handle TAB token` lines in order of the nodes. */
  async write(nodes: Float64Array, idOf: (index: number) => UserId, tokenOf: (index: number) => string): Promise<void> {
    const order = Uint32Array.from(nodes.keys()).sort((a, b) => nodes[a]! - nodes[b]!)
    let lines = ''
    for (const i of order) {
      const node = nodes[i]!
      lines += `${node}\t${idOf(i)}\t${loadedHandle(node)}\t${tokenOf(i)}\n`
      if (lines.length < linesAtOnce) continue
      await this.#file.write(lines)
      lines = ''
    }
    await this.#file.write(lines)
  }

  /** Whole, it gets its name; else it goes. */
  async end(whole: boolean): Promise<void> {
    await this.#file.close()
    if (whole) await rename(`${this.#path}.part`, this.#path)
    else await rm(`${this.#path}.part`, { force: true })
  }
}
