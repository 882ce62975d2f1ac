import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join, resolve } from 'node:path'
import { hostSecret } from '../signed.ts'
import { call, signUp } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'

const root = resolve(import.meta.dir, '../..')
const folder = temporaryFolder()
const server = new ServerProcess(join(folder.path, 'data'), [], { ROOKERY_JWT_SECRET: hostSecret })
let product: Bun.Subprocess<'ignore', 'pipe', 'inherit'>
let address = ''
beforeAll(async () => {
  await server.start()
  product = Bun.spawn([process.execPath, 'examples/embedding/server.ts', server.address], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, ROOKERY_JWT_SECRET: hostSecret, PORT: '0' },
  })
  const reader = product.stdout.getReader()
  for (let out = ''; address === ''; ) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the product ended: ${out}`)
    out += new TextDecoder().decode(value)
    address = /at (http:\S+)/.exec(out)?.[1] ?? ''
  }
})
afterAll(async () => {
  product?.kill()
  await product?.exited
  await server.end('SIGKILL')
  folder.remove()
})

/** A page of the product as somebody sees it who is signed in there: its own script, its own token. */
async function page(login: string) {
  const signedIn = await fetch(`${address}/login?as=${login}`, { method: 'POST', redirect: 'manual' })
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
  const token = async () => (await fetch(`${address}/feed-token`, { headers: { cookie } })).json()
  const texts: string[] = []
  const { openFeed } = await import(join(root, 'examples/embedding/feed.js') as string)
  const feed = openFeed({
    token,
    show: (messages: { text: string; author: { handle: string } }[]) =>
      texts.unshift(...messages.map(({ text, author }) => `@${author.handle}: ${text}`)),
    hide() {},
  }) as { send(text: string): Promise<void>; close(): void }
  return { texts, feed, token: ((await token()) as { token: string }).token }
}

test('examples/embedding: two users of another product talk live on its page, without an account of their own', async () => {
  const html = await (await fetch(address)).text()
  expect(html).toContain('/feed.js')
  expect((await fetch(`${address}/feed.js`)).status).toBe(200)
  expect((await fetch(`${address}/feed-token`)).status).toBe(401)

  const [ann, bob] = [await page('ann'), await page('bob')]
  const me = async (token: string) => (await call<{ id: string }>(server.address, 'GET', '/users/me', { token })).body
  const annHere = await me(ann.token)
  expect(annHere).toMatchObject({ handle: 'ann', name: 'Ann Example' })
  await call(server.address, 'PUT', `/users/${annHere.id}/follow`, { token: bob.token })

  await until(() =>
    ann.feed.send('hello from the product').then(
      () => true,
      () => false,
    ),
  )
  await until(() => bob.texts.includes('@ann: hello from the product'))

  // Rookery is gone for a moment; the page goes on where it stood.
  await server.end('SIGKILL')
  await server.start()
  const carl = await signUp(server.address, 'carl')
  await call(server.address, 'PUT', `/users/${carl.id}/follow`, { token: bob.token })
  await call(server.address, 'POST', '/send', { token: carl.token, body: { text: 'after the restart' } })
  await until(() => bob.texts.includes('@carl: after the restart'), 20_000)
  expect(bob.texts).toEqual(['@carl: after the restart', '@ann: hello from the product'])
  expect(ann.texts).toEqual(['@ann: hello from the product'])
  ann.feed.close()
  bob.feed.close()
}, 60_000)
