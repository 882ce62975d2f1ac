import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { wav } from '../media/streams.ts'
import { call, logIn, sendSurely, signUp, type WireMessage } from '../system/client.ts'
import { temporaryFolder } from '../system/server.ts'
import { oneSentence } from './process.ts'

const root = resolve(import.meta.dir, '../..')
let folder: ReturnType<typeof temporaryFolder>
let program: string
let empty: string

beforeAll(async () => {
  folder = temporaryFolder()
  program = join(folder.path, 'program', 'rookery')
  empty = join(folder.path, 'empty')
  mkdirSync(empty)
  const build = Bun.spawn([process.execPath, join(root, 'scripts/build.ts'), program], {
    stdout: 'ignore',
    stderr: 'pipe',
  })
  expect([await build.exited, await new Response(build.stderr).text()]).toEqual([0, ''])
})
afterAll(() => folder.remove())

/** The one file with nothing around it: an empty folder, no PATH, no environment. */
const run = (...args: string[]) =>
  Bun.spawn([program, ...args], { cwd: empty, env: { PATH: '' }, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })

async function ends(...args: string[]) {
  const child = run(...args)
  const [out, errors, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, errors, status }
}

test('one file serves, answers its commands and stops, with nothing else on the machine', async () => {
  expect(readdirSync(empty)).toEqual([])
  const server = run('serve', '--port', '0')
  const errors = new Response(server.stderr).text()
  const reader = server.stdout.getReader()
  let said = ''
  while (!said.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(await errors)
    said += new TextDecoder().decode(value)
  }
  const address = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(said)![1]!
  try {
    const html = await (await fetch(address, { headers: { accept: 'text/html' } })).text()
    const main = /src="(\/web\/main-\w+\.js)"/.exec(html)![1]!
    expect((await fetch(address + main)).headers.get('content-type')).toStartWith('text/javascript')
    const ann = await signUp(address, 'ann')
    const id = await sendSurely(address, ann, 'from one file', 'first')
    // What reads sounds is a thread with a program of its own.
    const form = new FormData()
    form.set('file', new Blob([wav()]))
    const headers = { authorization: `Bearer ${ann.token}` }
    const made = await fetch(`${address}/media`, { method: 'POST', headers, body: form })
    expect([made.status, await made.json()]).toEqual([201, expect.objectContaining({ type: 'audio', duration: 1 })])
    const token = await ends('token', 'ann')
    expect(token).toMatchObject({ status: 0, errors: '' })
    const page = await call<{ messages: WireMessage[] }>(address, 'GET', '/fetch', { token: token.out.trim() })
    expect(page.body.messages).toMatchObject([{ id, text: 'from one file' }])
    expect((await logIn(address, 'ann')).status).toBe(201)
    expect((await ends('explain', 'ann')).status).toBe(0)

    const doctor = await ends('doctor')
    expect([doctor.status, doctor.out]).toEqual([0, expect.stringContaining('in use by a running server')])
    expect(await ends('backup', '../backup')).toMatchObject({ status: 0, out: expect.stringContaining('1 messages') })
    expect((await ends('restore', '../backup', '--data', '../again')).status).toBe(0)
    expect((await ends('--help')).out).toStartWith('Usage: rookery COMMAND')
    expect((await ends('sim', '--seeds', '2')).status).toBe(0)
    expect((await ends('load', 'synthetic:users=10,mean=2', '--data', 'loaded')).status).toBe(0)
    expect(await ends('bench', 'start')).toMatchObject({ status: 2, errors: expect.stringMatching(oneSentence) })
  } finally {
    server.kill('SIGTERM')
  }
  expect(await server.exited).toBe(0)
})
