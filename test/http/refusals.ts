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

/** Asks every case of a server that `ada` is on; `afterwards` is told in a test of its own. */
export function describeRefusals(
  groups: Record<string, readonly Case[]>,
  afterwards: (server: TestServer, ada: Person) => Promise<void>,
): void {
  describe('bad input is refused with status, code, field and a sentence', () => {
    let server: TestServer
    let ada: Person
    beforeAll(async () => {
      server = openServer()
      ada = await server.person('ada')
    })
    afterAll(() => server.close())

    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const { what, method, path, asked, anonymous, refused } of cases) {
          test(`${method} ${path.slice(0, 40)}: ${what}`, async () => {
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
