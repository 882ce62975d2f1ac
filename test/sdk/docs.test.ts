import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Rookery } from '../../src/sdk/index.ts'
import { type Real, realServer } from './server.ts'

const root = resolve(import.meta.dir, '../..')
const address = 'http://127.0.0.1:8080'
/** Within the project, so that its own name leads to it. */
mkdirSync(join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(join(root, '.cache', 'sdk-docs-'))
let real: Real

beforeAll(async () => {
  real = await realServer()
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await real.close()
})

function examples(page: string): string[] {
  return [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!)
}

async function run(code: string, name: string): Promise<{ status: number; out: string }> {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, code.replaceAll(address, real.server.address))
  const child = Bun.spawn([process.execPath, file], { stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' })
  const [out, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { status: await child.exited, out: out + errors }
}

test('every example of docs/SDK.md does what stands beside it, one after the other', async () => {
  const codes = examples('docs/SDK.md')
  expect(codes.length).toBeGreaterThan(3)
  for (const [i, code] of codes.entries()) {
    const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => `${line}\n`).join('')
    expect(promised).not.toBe('')
    expect(await run(code, `example-${i}`)).toEqual({ status: 0, out: promised })
  }
}, 60_000)

test('the example of the README does', async () => {
  const [code, ...others] = examples('README.md')
  expect(others).toEqual([])
  const promised = [...code!.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => `${line}\n`).join('')
  expect(await run(code!, 'readme')).toEqual({ status: 0, out: promised })
}, 30_000)

test('docs/SDK.md names every method there is, and no other', () => {
  const table = readFileSync(join(root, 'docs/SDK.md'), 'utf8').split('## Every call')[1]!
  const named = [...table.matchAll(/^\| [a-z ]+ \| (.*) \|$/gm)].flatMap(([, cells]) =>
    [...cells!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  )
  const methods = [Rookery.prototype, Object.getPrototypeOf(Rookery.prototype)].flatMap((of) =>
    Object.entries(Object.getOwnPropertyDescriptors(of))
      .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
      .map(([name]) => name),
  )
  expect(named.sort()).toEqual([...new Set(methods)].sort())
})
