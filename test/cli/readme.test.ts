import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { call, signUp } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'

const root = resolve(import.meta.dir, '../..')
const folder = temporaryFolder()
const server = new ServerProcess(join(folder.path, 'data'))
beforeAll(() => server.start())
afterAll(async () => {
  await server.end('SIGKILL')
  folder.remove()
})

/** Starts a program and collects what it prints. */
function start(command: string[], environment: Record<string, string> = {}) {
  const child = Bun.spawn(command, {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, ...environment },
  })
  const printed = { out: '', errors: '' }
  const collect = async (stream: ReadableStream<Uint8Array>, into: 'out' | 'errors') => {
    for await (const chunk of stream) printed[into] += new TextDecoder().decode(chunk)
  }
  void collect(child.stdout, 'out')
  void collect(child.stderr, 'errors')
  return { child, printed }
}

test('examples/listen.ts prints what arrives, also after the server was away', async () => {
  const [ann, bob] = [await signUp(server.address, 'ann_l'), await signUp(server.address, 'bob_l')]
  await call(server.address, 'PUT', `/users/${ann.id}/follow`, { token: bob.token })
  const { child, printed } = start([process.execPath, 'examples/listen.ts', server.address, bob.token])
  try {
    await until(() => printed.errors.includes('listening'))
    await call(server.address, 'POST', '/send', { token: ann.token, body: { text: 'before' } })
    await until(() => printed.out.includes('@ann_l: before'))
    await server.end('SIGKILL')
    await server.start()
    await call(server.address, 'POST', '/send', { token: ann.token, body: { text: 'after' } })
    await until(() => printed.out.includes('@ann_l: after'), 20_000)
    expect(printed.out).toBe('@ann_l: before\n@ann_l: after\n')
  } finally {
    child.kill()
    await child.exited
  }
})

test("the README's first steps work as they stand there: two users talk live", async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const steps = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block]) => block!)
    .find((b) => b.includes('/send'))!
  // The listener is ended with the shell; the block itself waits for nothing, so the test waits for Bob's line.
  const script = `set -e\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n${steps}\nread done_waiting\n`
  const child = Bun.spawn(['bash', '-c', script], {
    cwd: root,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, api: server.address },
  })
  let [out, errors] = ['', '']
  void (async () => {
    for await (const chunk of child.stdout) out += new TextDecoder().decode(chunk)
  })()
  void (async () => {
    for await (const chunk of child.stderr) errors += new TextDecoder().decode(chunk)
  })()
  try {
    // Should Bob's listener have been later than Ann's message, it is in his timeline all the same; a second one is live.
    await until(() => errors.includes('listening') && out.includes('"messages":['), 20_000, `${out}${errors}`)
    const session = { handle: 'ann', password: 'correct horse' }
    const { body } = await call<{ token: string }>(server.address, 'POST', '/sessions', { body: session })
    await call(server.address, 'POST', '/send', { token: body.token, body: { text: 'Are you there?' } })
    await until(() => out.includes('@ann: Are you there?'))
    expect(out).toContain('"text":"Hello, Bob!"')
    expect(out).toContain('"following":true')
  } finally {
    child.stdin.write('\n')
    child.stdin.end()
    await child.exited
  }
})
