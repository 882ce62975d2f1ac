import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { temporaryFolder } from '../system/server.ts'
import { type Real, realServer } from './server.ts'

const root = resolve(import.meta.dir, '../..')
const folder = temporaryFolder()
/** An application with the SDK in its node_modules, as npm would put it there. */
const app = join(folder.path, 'app')
const built = join(app, 'node_modules', 'rookery', 'dist', 'sdk')
let real: Real

beforeAll(async () => {
  mkdirSync(join(app, 'node_modules', 'rookery'), { recursive: true })
  symlinkSync(join(root, 'src'), join(app, 'node_modules', 'rookery', 'src'))
  const { name, type, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(app, 'node_modules', 'rookery', 'package.json'), JSON.stringify({ name, type, exports }))
  const child = Bun.spawn([process.execPath, join(root, 'scripts', 'build-sdk.ts'), built], { stdout: 'pipe' })
  const told = await new Response(child.stdout).text()
  expect(await child.exited).toBe(0)
  console.log(told.slice(told.indexOf(';') + 2).trim())
  real = await realServer()
}, 60_000)
afterAll(async () => {
  await real.close()
  folder.remove()
})

async function run(command: string[]): Promise<{ status: number; out: string }> {
  const child = Bun.spawn(command, { cwd: app, stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' })
  const [out, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { status: await child.exited, out: out + errors }
}

const program = (url: string, handle: string) => `
import { fileStore, indexedDbStore, memoryStore, Rookery, RookeryError } from 'rookery/sdk'

const store = fileStore('${handle}.store')
const client = new Rookery({ url: '${url}', store })
await client.signUp({ handle: '${handle}', password: 'correct horse' })
await client.fetch()
await client.send('from ' + typeof memoryStore)
for await (const event of client.stream()) {
  if (event.type === 'message') console.log('heard:', event.message.text)
  if (event.type === 'message') break
}
const again = new Rookery({ url: '${url}', token: client.token, store })
console.log('cached:', (await again.cached()).messages.map(({ text }) => text).join())
console.log(await client.message('1').catch((error) => error instanceof RookeryError && error.code))
console.log(typeof indexedDbStore)
process.exit(0)
`

test.each(['node', process.execPath])(
  'the built form runs in %s',
  async (runtime) => {
    const handle = runtime === 'node' ? 'in_node' : 'in_bun'
    writeFileSync(join(app, `${handle}.mjs`), program(real.server.address, handle))
    expect(await run([runtime, `${handle}.mjs`])).toEqual({
      status: 0,
      out: 'heard: from function\ncached: from function\nno_such_message\nfunction\n',
    })
  },
  30_000,
)

test('Bun takes the TypeScript itself', async () => {
  writeFileSync(join(app, 'which.ts'), "console.log(import.meta.resolve('rookery/sdk'))\n")
  expect((await run([process.execPath, 'which.ts'])).out).toEndWith('/src/sdk/index.ts\n')
  expect(
    (await run(['node', '-e', "console.log(import.meta.resolve('rookery/sdk'))", '--input-type=module'])).out,
  ).toEndWith('/dist/sdk/index.js\n')
})

test('a bundle for browsers holds nothing of Node, and is small', async () => {
  writeFileSync(
    join(app, 'page.ts'),
    "import { fileStore, Rookery } from 'rookery/sdk'\nconsole.log(Rookery, fileStore)\n",
  )
  const bundle = await Bun.build({ entrypoints: [join(app, 'page.ts')], target: 'browser', minify: true })
  const text = await bundle.outputs[0]!.text()
  for (const code of [text, readFileSync(join(built, 'browser.js'), 'utf8')]) {
    expect(code.match(/["'`]node:\w+|\brequire\(|\bprocess\.\w+|\bBuffer\b|\bfrom ?["'].*?["']/)).toBeNull()
  }
  expect(Bun.gzipSync(text).length).toBeLessThan(10 * 1024)
})

test('its types do for a browser application and for one in Node, without types of Bun’s', async () => {
  const lines = [
    "import { fileStore, indexedDbStore, type Message, Rookery, RookeryError } from 'rookery/sdk'",
    "const client = new Rookery({ url: 'http://x', store: Math.random() > 2 ? fileStore('a') : indexedDbStore() })",
    'for await (const event of client.stream()) {',
    "  if (event.type === 'message') { const message: Message = event.message; message.author.handle.trim() }",
    '  // @ts-expect-error: there is no such event',
    "  if (event.type === 'massage') throw new RookeryError('invalid', 422, 'x')",
    '}',
    "new Rookery({ url: '', WebSocket, fetch: (url, init) => fetch(url, init) })",
    'export {}',
  ]
  writeFileSync(join(app, 'typed.ts'), lines.join('\n'))
  for (const module of ['NodeNext', 'ESNext']) {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.AsyncIterable'],
      module,
      moduleResolution: module === 'NodeNext' ? 'NodeNext' : 'bundler',
      types: [],
    }
    writeFileSync(join(app, 'package.json'), '{"type":"module"}')
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
    expect(await run([join(root, 'node_modules/.bin/tsc'), '-p', '.'])).toEqual({ status: 0, out: '' })
  }
  rmSync(join(app, 'tsconfig.json'))
}, 60_000)
