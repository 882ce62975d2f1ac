import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { canFailFsync, failingFsync } from '../faults.ts'
import { until } from '../until.ts'
import { expectAcknowledged } from './acknowledged.ts'
import { linesOf, open, startChild, withFolder } from './support.ts'

if (!canFailFsync) console.error('SKIPPED: a failing fsync is tested on Linux with a C compiler (cc) only')

test.skipIf(!canFailFsync)(
  'when fsync fails, the process ends with a sentence and has acknowledged nothing that is lost',
  async () => {
    await withFolder(async (folder) => {
      const fsync = failingFsync(folder)
      const data = join(folder, 'data')
      const child = startChild(data, { env: fsync.env })
      const { lines, ended } = linesOf(child)
      await until(() => lines.length >= 2_000, 20_000, 'the child writing')
      fsync.fail()
      const exitCode = await Promise.race([child.exited, Bun.sleep(15_000).then(() => 'still running')])
      child.kill('SIGKILL')
      await ended
      expect(exitCode).toBe(1)
      expect(await new Response(child.stderr).text()).toContain('cannot be written any more')

      const engine = await open(data)
      await expectAcknowledged(engine, lines)
      await engine.close()
    })
  },
  60_000,
)
