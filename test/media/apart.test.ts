import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { constants, getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareUploads } from '../../src/app-media.ts'
import { prepareApart } from '../../src/engines/uploads/apart.ts'
import { prepare } from '../../src/engines/uploads/prepare.ts'
import { jpeg } from './samples.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-apart-'))
const problems: string[] = []
const apart = prepareApart(prepareUploads, (problem) => problems.push(problem))
afterAll(async () => {
  await apart.stop()
  rmSync(folder, { recursive: true })
})

let files = 0
async function received(bytes: Buffer): Promise<string> {
  const path = join(folder, String(files++), 'received')
  await Bun.write(path, bytes)
  return path
}

/** The processes that this one has started, but for those of other tests. */
function children(): number[] {
  const tasks = readdirSync('/proc/self/task').map((task) => `/proc/self/task/${task}/children`)
  const all = tasks.flatMap((file) => readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number))
  return all.filter((pid) => !others.has(pid))
}
const others = new Set<number>()
if (process.platform === 'linux') for (const pid of children()) others.add(pid)

test('an upload is worked on in another process as it is in this one', async () => {
  const [here, there] = [await received(await jpeg(300, 200)), await received(await jpeg(300, 200))]
  const { path, previewPath, ...told } = await apart.prepare(there)
  const { path: samePath, previewPath: samePreviewPath, ...expected } = await prepare(here)
  expect(told).toEqual(expected)
  expect(readFileSync(path)).toEqual(readFileSync(samePath))
  expect(readFileSync(previewPath!)).toEqual(readFileSync(samePreviewPath!))
})

test('what is refused there is refused with the same words', async () => {
  const whole = await jpeg(300, 200)
  const refusal = async (prepared: Promise<unknown>) =>
    prepared.catch(({ code, message, field }) => ({ code, message, field }))
  const told = await refusal(apart.prepare(await received(whole.slice(0, 500))))
  expect(told).toMatchObject({ code: 'invalid', field: 'file' })
  expect(told).toEqual(await refusal(prepare(await received(whole.slice(0, 500)))))
})

test.if(process.platform === 'linux')('it gives way to everybody else, with each of its threads', async () => {
  await apart.prepare(await received(await jpeg(300, 200)))
  const [pid] = children()
  const threads = readdirSync(`/proc/${pid}/task`).map(Number)
  expect(threads.map(getPriority)).toEqual(threads.map(() => constants.priority.PRIORITY_LOW))
})

test.if(process.platform === 'linux')(
  'where it dies, its uploads may be tried again, and the next has a new one',
  async () => {
    await apart.prepare(await received(await jpeg(300, 200)))
    const [pid] = children()
    process.kill(pid!, 'SIGSTOP')
    const broken = apart.prepare(await received(await jpeg(300, 200)))
    process.kill(pid!, 'SIGKILL')
    expect(await broken.catch((error) => error)).toMatchObject({ code: 'overloaded' })
    expect(problems).toEqual(['the process that works on uploads ended while it was at some'])
    const { previewPath } = await apart.prepare(await received(await jpeg(300, 200)))
    expect(statSync(previewPath!).size).toBeGreaterThan(0)
  },
)

test.if(process.platform === 'linux')('one that is stuck is ended', async () => {
  const hasty = prepareApart(prepareUploads, (problem) => problems.push(problem), 2_000)
  const before = new Set(children())
  await hasty.prepare(await received(await jpeg(300, 200)))
  const pid = children().find((child) => !before.has(child))
  process.kill(pid!, 'SIGSTOP')
  const stuck = hasty.prepare(await received(await jpeg(300, 200)))
  expect(await stuck.catch((error) => error)).toMatchObject({ code: 'overloaded' })
  await hasty.stop()
})

test('stopped, it is gone', async () => {
  await apart.prepare(await received(await jpeg(300, 200)))
  await apart.stop()
  if (process.platform === 'linux') expect(children()).toEqual([])
})
