import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Asked, openServer, type Person, type TestServer } from './harness.ts'

/** What is asked, and how it must be refused. */
export interface Case {
  readonly what: string
  readonly method: string
  readonly path: string
  readonly refused: Refused
  readonly asked: Asked
  /** Otherwise the request carries a good token. */
  readonly anonymous: boolean
}

/** The field is absent where none is at fault. */
type Refused = [status: number, code: string, field?: string]

/** `call` is a method and a path, such as `GET /fetch?length=0`. */
export function bad(
  what: string,
  call: string,
  refused: Refused,
  { anonymous = false, ...asked }: Asked & { anonymous?: boolean } = {},
): Case {
  const space = call.indexOf(' ')
  return { what, method: call.slice(0, space), path: call.slice(space + 1), refused, asked, anonymous }
}

export const json = (body: unknown): Asked => ({ json: body })
export const raw = (body: string | Uint8Array, type = 'application/json'): Asked => ({
  raw: body,
  headers: { 'content-type': type },
})
export const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

/** What somebody else has: `ask` signs `ben` up and gives what the words of the table `others` stand for. */
export async function othersThings(adaId: string, signUp: SignUp, ask: AskAs): Promise<Map<string, string>> {
  const ben = await signUp('ben')
  const cat = await signUp('cat')
  const send = async (text: string) => String((await ask(ben.token, 'POST', '/send', { text })).id)
  const [message, gone] = [await send('of ben'), await send('gone')]
  await ask(ben.token, 'DELETE', `/messages/${gone}`)
  for (const { token } of [ben, cat]) await ask(token, 'PUT', `/users/${adaId}/follow`)
  const followers = await ask(ben.token, 'GET', `/users/${adaId}/followers?length=1`)
  const timeline = await ask(ben.token, 'GET', '/fetch')
  return new Map([
    ['adaId', adaId],
    ['benId', ben.id],
    ['bensMessage', message],
    ['gone', gone],
    ['bensCursor', String(timeline.cursor)],
    ['bensNext', encodeURIComponent(String(followers.next))],
  ])
}

type SignUp = (handle: string) => Promise<Person>
type AskAs = (token: string, method: string, path: string, json?: object) => Promise<Record<string, unknown>>

/** The case with its words put in; what is no word of ours stays. */
export function filled(each: Case, words: ReadonlyMap<string, string>): Case {
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, word) => words.get(word) ?? whole)
  const { json } = each.asked
  if (json === undefined) return { ...each, path: fill(each.path) }
  const said = JSON.parse(JSON.stringify(json), (_, value) => (typeof value === 'string' ? fill(value) : value))
  return { ...each, path: fill(each.path), asked: { ...each.asked, json: said } }
}

/** Asks every case of a server that `ada` is on; `afterwards` is told in a test of its own. */
export function describeRefusals(
  groups: Record<string, readonly Case[]>,
  afterwards: (server: TestServer, ada: Person) => Promise<void>,
): void {
  describe('[D4] bad input is refused with status, code, field and a sentence', () => {
    let server: TestServer
    let ada: Person
    let words: ReadonlyMap<string, string>
    beforeAll(async () => {
      server = openServer()
      ada = await server.person('ada')
      const ask: AskAs = async (token, method, path, json) =>
        (await server.ask(method, path, { token, ...(json && { json }) })).body
      words = await othersThings(ada.id, server.person, ask)
    })
    afterAll(() => server.close())

    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const each of cases) {
          test(`${each.method} ${each.path.slice(0, 40)}: ${each.what}`, async () => {
            const { method, path, asked, anonymous, refused } = filled(each, words)
            const got = await server.ask(method, path, { ...(anonymous ? {} : { token: ada.token }), ...asked })
            const [status, code, field] = refused
            expect([got.status, got.body.code, got.body.field]).toEqual([status, code, field])
            expect(got.headers.get('content-type')).toBe('application/problem+json')
            // A sentence that says what to do.
            expect(got.body.detail).toMatch(/^\S.{15,}\.$/s)
            if (status === 401) expect(got.headers.get('www-authenticate')).toStartWith('Bearer')
            if (status === 405) expect(got.headers.get('allow')).toContain('OPTIONS')
          })
        }
      })
    }

    test('afterwards nothing is half done, and everything works', async () => {
      expect(server.mistakes).toEqual([])
      await afterwards(server, ada)
    })
  })
}
