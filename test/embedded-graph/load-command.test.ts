import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSynthetic } from '../../src/cli/load.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import { Usage } from '../../src/options.ts'

const main = join(import.meta.dir, '../../src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'rookery-load-command-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs `rookery load …`; gives its exit status and what it printed. */
async function load(...argv: string[]) {
  const child = Bun.spawn([process.execPath, main, 'load', ...argv], { stdout: 'pipe', stderr: 'pipe' })
  const [status, out, said] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()])
  return { status, out, said }
}

test('loads, says what it did, and prints figures as JSON', async () => {
  const data = join(folder, 'made')
  const tokens = join(folder, 'made.tokens')
  const graph = 'synthetic:users=500,mean=8,max=200,seed=9'
  const { status, out, said } = await load(graph, '--data', data, '--messages', '50', '--tokens', tokens, '--json')
  expect(status).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ users: 500, messages: 50, selfFollows: 0, largest: { followers: 200 } })
  expect(said).toContain('messages …')
  expect((await Bun.file(tokens).text()).trimEnd().split('\n')).toHaveLength(500)

  const again = await load(graph, '--data', data)
  expect(again.status).toBe(1)
  expect(again.said).toContain('has users already')
  const engine = await openEmbedded({ data, memoryBytes: 32e6 })
  const busy = await load(graph, '--data', data)
  await engine.close()
  expect(busy.status).toBe(1)
  expect(busy.said).toContain('in use by another Rookery process')
}, 20_000)

test('what it cannot load is refused in a sentence', async () => {
  const data = join(folder, 'none')
  await Bun.write(join(folder, 'bad.edges'), '1 2\nx y\n')
  const [memory, bad, help, nowhere, itself] = await Promise.all([
    load('synthetic:users=10', '--engine', 'memory'),
    load(join(folder, 'bad.edges'), '--data', data),
    load('--help'),
    load('synthetic:users=10', '--data', join(folder, 'nowhere'), '--tokens', join(folder, 'no', 'tokens')),
    load('synthetic:users=10', '--data', join(folder, 'itself'), '--tokens', folder),
  ])
  for (const { status, said } of [nowhere, itself]) {
    expect(status).toBe(1)
    expect(said).toMatch(/^rookery: The tokens cannot be written to [^\n]+\.\n$/)
  }
  expect(memory.status).toBe(2)
  expect(memory.said).toContain('keeps nothing')
  expect(bad.status).toBe(1)
  expect(bad.said).toContain('bad.edges, line 2')
  expect(bad.said.trimEnd().split('\n').at(-1)).toStartWith('rookery: ')
  expect(help.status).toBe(0)
  expect(help.out).toContain('synthetic:users=')
}, 20_000)

test('the wish for a made-up graph is checked', () => {
  expect(readSynthetic('synthetic:users=1000000,mean=100,max=500000,seed=1')).toEqual({
    users: 1_000_000,
    mean: 100,
    max: 500_000,
    seed: 1,
  })
  expect(readSynthetic('synthetic:users=9')).toEqual({ users: 9, mean: 2, max: 4, seed: 1 })
  for (const wrong of [
    '',
    'users=1',
    'users=x',
    'mean=5',
    'users=10,max=10',
    'users=10,max=0',
    'users=10,mean=9,max=5',
    'users=10,size=3',
    'users=10,seed=-1',
    'users=99999999',
    'users=50000000,mean=100',
  ]) {
    expect(() => readSynthetic(`synthetic:${wrong}`)).toThrow(Usage)
  }
})

test('progress is a bar on a terminal, and a line for each step elsewhere', () => {
  const show = (isTTY: boolean) => {
    let text = ''
    let time = 0
    const terminal = { isTTY, columns: 60, write: (more: string) => (text += more) }
    const progress = createProgress(terminal, () => time)
    for (const [step, done] of [
      ['reading', 0],
      ['reading', 1],
      ['reading', 50],
      ['writing', 0],
    ] as const) {
      progress.show(step, done, 100)
      time += 60
    }
    progress.end()
    progress.end()
    return text
  }
  expect(show(false)).toBe('reading …\nwriting …\n')
  const drawn = show(true)
  expect(drawn).toContain('reading ░')
  expect(drawn).toContain('reading ███████████████░░░░░░░░░░░░░░░ 50 %')
  expect(drawn).not.toContain(' 1 %')
  expect(drawn).toContain('reading: 0.2 s\n')
  expect(drawn).toEndWith('writing: 0.1 s\n')
})
