import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { SchemaTooNew } from '../../src/engines/embedded/index.ts'
import { migrate, migrations, schemaVersion } from '../../src/engines/embedded/schema.ts'
import { open, withFolder } from './support.ts'

const version = (db: Database) => (db.query('PRAGMA user_version').get() as { user_version: number }).user_version

test('an empty database becomes one of this version, and again is harmless', () => {
  const db = new Database(':memory:')
  expect(version(db)).toBe(0)
  migrate(db)
  expect(version(db)).toBe(schemaVersion)
  const tables = () => db.query('SELECT name, sql FROM sqlite_schema ORDER BY name').values()
  const before = tables()
  migrate(db)
  expect(tables()).toEqual(before)
})

test('each step is taken once, from where the database stands, and one that fails leaves what was before it', () => {
  const db = new Database(':memory:')
  const first = 'CREATE TABLE one (a); INSERT INTO one VALUES (1)'
  migrate(db, [first])
  migrate(db, [first, 'INSERT INTO one VALUES (2)'])
  expect(db.query('SELECT a FROM one').values().flat()).toEqual([1, 2])

  expect(() => migrate(db, [first, '', 'INSERT INTO one VALUES (3)', 'INSERT INTO one VALUES (4); nonsense'])).toThrow()
  expect(version(db)).toBe(3)
  expect(db.query('SELECT a FROM one').values().flat()).toEqual([1, 2, 3])
})

test('data of a newer version are refused with one sentence, and left as they are', async () => {
  await withFolder(async (folder) => {
    await (await open(folder)).close()
    const path = join(folder, 'rookery.db')
    const db = new Database(path)
    db.run(`PRAGMA user_version = ${schemaVersion + 1}`)
    db.close()

    const error = await open(folder).catch((reason: Error) => reason)
    expect(error).toBeInstanceOf(SchemaTooNew)
    expect((error as Error).message).toContain(`schema ${schemaVersion + 1}`)
    // Refused, it holds no lock either.
    expect(await open(folder).catch((reason: Error) => reason)).toBeInstanceOf(SchemaTooNew)
    const after = new Database(path)
    expect(version(after)).toBe(schemaVersion + 1)
    after.close()
  })
})

test('names of version 7 are found without regard to case and diacritics', async () => {
  await withFolder(async (folder) => {
    const db = new Database(join(folder, 'rookery.db'), { create: true })
    migrate(db, migrations.slice(0, 7))
    const insert = db.query("INSERT INTO users (id, handle, name, bio, role) VALUES (?, ?, ?, '', 'user')")
    for (const [id, handle, name] of [
      [1, 'one', 'Ünal'],
      [2, 'two', 'Una'],
      [3, 'three', 'Einal'],
    ] as const)
      insert.run(id, handle, name)
    db.close()

    const engine = await open(folder)
    expect((await engine.users.search('ÚNA', undefined, 10)).map(({ name }) => name)).toEqual(['Ünal', 'Una'])
    await engine.close()
  })
})

test('what waits in the log of activity of version 3 is carried over, and its reports have no text', async () => {
  await withFolder(async (folder) => {
    const db = new Database(join(folder, 'rookery.db'), { create: true })
    migrate(db, migrations.slice(0, 3))
    db.run("INSERT INTO activity (kind, user, subject, at, page) VALUES (0, 5, 6, 7, NULL), (3, 8, 9, 10, 'a.page')")
    db.run("INSERT INTO reports VALUES (1, 2, 3, 4, 'spam', 'open', '', 0, 0)")
    db.close()

    const engine = await open(folder)
    const found = (await engine.activity.next(10)).map(({ key: _, ...activity }) => activity)
    expect(found).toEqual([
      { kind: 'like', user: 5, subject: 6, at: 7, page: undefined },
      { kind: 'message', user: 8, subject: 9, at: 10, page: 'a.page' },
    ])
    expect(await engine.reports.one(1)).toMatchObject({ message: 4, text: '', reason: 'spam' })
    await engine.close()
  })
})
