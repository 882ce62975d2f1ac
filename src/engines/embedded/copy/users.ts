import type { Database } from 'bun:sqlite'
import type { UserId } from '../../../core/ids.ts'
import type { CopiedUser, KindReader, KindWriter, TokenRow } from '../../../ports/copy.ts'
import { nameKey } from '../name-keys.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

const columns = 'id, handle, name, bio, role, password_hash, avatar'

export function usersReader(db: Database): KindReader<CopiedUser> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT ${columns} FROM users WHERE id > ? AND gone = 0 ORDER BY id LIMIT ?`,
      count: 'SELECT count(*) FROM users WHERE gone = 0',
      first: [0],
      key: ({ id }) => [id],
      row: (
        id: UserId,
        handle: string,
        name: string,
        bio: string,
        role: CopiedUser['role'],
        passwordHash: string | null,
        avatar: string,
      ): CopiedUser => ({
        ...{ id, handle, name, bio, role, passwordHash: passwordHash ?? undefined },
        ...(avatar !== '' && { avatar }),
      }),
    },
  ])
}

/** Their numbers, by which edges are kept, are given as they come. */
export function usersWriter(db: Database, marks: Marks): KindWriter<CopiedUser> {
  const insert = db.query(`INSERT INTO users (${columns}, name_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  return tableWriter(db, marks, 'users', ({ id, handle, name, bio, role, passwordHash, avatar = '' }: CopiedUser) => {
    insert.run(id, handle, name, bio, role, passwordHash ?? null, avatar, nameKey(name))
  })
}

export function tokensReader(db: Database): KindReader<TokenRow> {
  return tableReader(db, [
    {
      name: 'all',
      select:
        'SELECT lower(hex(token)), user, created_at, device FROM tokens WHERE token > unhex(?) ORDER BY token LIMIT ?',
      count: 'SELECT count(*) FROM tokens',
      first: [''],
      key: ({ digest }) => [digest],
      row: (digest: string, user: UserId, createdAt: number, device: string | null): TokenRow => ({
        digest,
        user,
        createdAt,
        device: device ?? undefined,
      }),
    },
  ])
}

export function tokensWriter(db: Database, marks: Marks): KindWriter<TokenRow> {
  const insert = db.query('INSERT INTO tokens (token, user, created_at, device) VALUES (unhex(?), ?, ?, ?)')
  return tableWriter(db, marks, 'tokens', ({ digest, user, createdAt, device }: TokenRow) => {
    insert.run(digest, user, createdAt, device ?? null)
  })
}
