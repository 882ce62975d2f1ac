import type { UserId } from '../../../core/ids.ts'
import { idsPerRead } from '../../../core/limits.ts'
import type { CopiedUser, KindReader, KindWriter, TokenRow } from '../../../ports/copy.ts'
import { chunks } from '../cassandra/chunks.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { createUserWords } from '../cassandra/user-words.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface UserFound {
  readonly user_id: UserId
  readonly handle: string
  readonly name: string
  readonly bio: string
  readonly role: CopiedUser['role']
  readonly password_hash: string | undefined
  readonly avatar: string | undefined
}
type HandleFound = { handle: string; user_id: UserId }
type TokenFound = { digest: string; user_id: UserId; created_at: number; device: string | undefined }

const columns = 'user_id, handle, name, bio, role, password_hash, avatar'
const someUsers = statement<UserFound>(`SELECT ${columns} FROM users WHERE user_id IN ?`)
/** As the engine writes them: at the beginning of time (cassandra/users.ts). */
const once = 1
const insertUser = statement(
  `INSERT INTO users (${columns}, searchable) VALUES (?, ?, ?, ?, ?, ?, ?, true) USING TIMESTAMP ${once}`,
)
const insertHandle = statement(`INSERT INTO handles (handle, user_id) VALUES (?, ?) USING TIMESTAMP ${once}`)
const insertToken = statement(
  `INSERT INTO tokens (digest, user_id, created_at, device) VALUES (?, ?, ?, ?) USING TIMESTAMP ${once}`,
)

/** By their handles: a row in `users` whose handle went to somebody else was left by a sign-up that did not end. */
export function usersReader(db: Cassandra): KindReader<CopiedUser> {
  return scanReader<HandleFound, CopiedUser>(db, {
    columns: 'handle, user_id',
    table: 'handles',
    key: 'handle',
    async rows(found) {
      const ids = chunks(found, idsPerRead).map((some) => some.map((row) => row.user_id))
      const users = await Promise.all(ids.map((some) => db.read(someUsers, [some])))
      return users.flat().map(({ user_id: id, password_hash: passwordHash, avatar, ...rest }) => ({
        ...{ ...rest, id, passwordHash },
        ...(avatar && { avatar }),
      }))
    },
  })
}

export function usersWriter(db: Cassandra, marks: Marks): KindWriter<CopiedUser> {
  const words = createUserWords(db)
  return pageWriter(marks, 'users', ({ id, handle, name, bio, role, passwordHash, avatar }) =>
    Promise.all([
      db.write(insertUser, [id, handle, name, bio, role, passwordHash, avatar]),
      db.write(insertHandle, [handle, id]),
      words.add('h', handle, handle, id, once),
      words.add('n', name, handle, id, once),
    ]),
  )
}

export function tokensReader(db: Cassandra): KindReader<TokenRow> {
  return scanReader<TokenFound, TokenRow>(db, {
    columns: 'digest, user_id, created_at, device',
    table: 'tokens',
    key: 'digest',
    rows: (found) =>
      found.map(({ digest, user_id: user, created_at: createdAt, device }) => ({ digest, user, createdAt, device })),
  })
}

export function tokensWriter(db: Cassandra, marks: Marks): KindWriter<TokenRow> {
  return pageWriter(marks, 'tokens', ({ digest, user, createdAt, device }) =>
    db.write(insertToken, [digest, user, createdAt, device]),
  )
}
