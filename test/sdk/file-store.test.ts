import { expect, test } from 'bun:test'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileStore, memoryStore, type Store } from '../../src/sdk/index.ts'
import { temporaryFolder } from '../system/server.ts'

const source = resolve(import.meta.dir, '../../src/sdk/index.ts')

function inFolder(name: string, walk: (path: string) => Promise<void>): void {
  test(name, async () => {
    const folder = temporaryFolder()
    try {
      await walk(join(folder.path, 'store'))
    } finally {
      folder.remove()
    }
  }, 30_000)
}

/** What every store promises. */
async function holds(store: Store): Promise<void> {
  await store.set({ a: '1', b: '2', 'c:1': 'line\nbreak "quoted" \u2028 🐦' })
  await store.set({ a: undefined, b: '3' })
  expect(Object.fromEntries(await store.all(''))).toEqual({ b: '3', 'c:1': 'line\nbreak "quoted" \u2028 🐦' })
  expect([...(await store.all('c:')).keys()]).toEqual(['c:1'])
  const snapshot = await store.all('')
  await Promise.all([store.set({ d: '1' }), store.set({ d: '2' })])
  expect(snapshot.has('d')).toBe(false)
  expect((await store.all('d')).get('d')).toBe('2')
  await store.clear()
  expect((await store.all('')).size).toBe(0)
}

test('a store in memory', () => holds(memoryStore()))
inFolder('a store in a file', (path) => holds(fileStore(path)))

inFolder(
  'another process finds what was stored, readable by its owner alone; cleared, nothing is left',
  async (path) => {
    await fileStore(path).set({ token: 'of no use to others' })
    expect(Object.fromEntries(await fileStore(path).all(''))).toEqual({ token: 'of no use to others' })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await fileStore(path).clear()
    expect(readFileSync(path, 'utf8')).toBe('')
  },
)

inFolder('a line that was cut short anywhere is as if it had not been written', async (path) => {
  const store = fileStore(path)
  await store.set({ cursor: 'old', 'held:1': '' })
  const before = statSync(path).size
  await store.set({ cursor: 'new', 'held:2': '', text: 'schön' })
  const whole = readFileSync(path)
  for (let size = before; size < whole.length; size++) {
    writeFileSync(path, whole.subarray(0, size))
    const again = fileStore(path)
    expect(Object.fromEntries(await again.all(''))).toEqual({ cursor: 'old', 'held:1': '' })
    await again.set({ cursor: 'newer' })
    expect((await fileStore(path).all('')).get('cursor')).toBe('newer')
  }
})

inFolder('it is written anew when it has grown, and does not grow without end', async (path) => {
  const store = fileStore(path)
  const value = 'x'.repeat(10_000)
  for (let i = 0; i < 500; i++) await store.set({ [`message:${i}`]: value, [`message:${i - 20}`]: undefined })
  expect(statSync(path).size).toBeLessThan(2_000_000)
  expect(existsSync(`${path}.new`)).toBe(false)
  expect((await fileStore(path).all('message:')).size).toBe(20)
})

inFolder('what was acknowledged is there after a kill, and each set as a whole', async (path) => {
  for (let round = 0; round < 5; round++) {
    const program = `
      import { fileStore } from ${JSON.stringify(source)}
      const store = fileStore(${JSON.stringify(path)})
      const start = Number((await store.all('a')).get('a') ?? 0)
      for (let i = start + 1; ; i++) {
        const padding = 'x'.repeat(20_000)
        await store.set({ a: String(i), b: String(i), padding })
        console.log(i)
      }`
    const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'inherit' })
    let told = ''
    for await (const chunk of child.stdout) {
      told += new TextDecoder().decode(chunk)
      // Past where it is written anew, in some rounds in the midst of it.
      if (told.split('\n').length > 60 + round * 17) break
    }
    child.kill('SIGKILL')
    await child.exited
    const acknowledged = Number(told.trimEnd().split('\n').at(-2))
    const found = await fileStore(path).all('')
    expect(Number(found.get('a'))).toBeGreaterThanOrEqual(acknowledged)
    expect(found.get('b')).toBe(found.get('a')!)
    expect(acknowledged).toBeGreaterThan(0)
  }
})

inFolder('a folder that is not there is told', async (path) => {
  await expect(fileStore(join(path, 'nowhere', 'store')).set({ a: '1' })).rejects.toThrow('ENOENT')
})
