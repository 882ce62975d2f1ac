import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../until.ts'
import { expectAcknowledged } from './acknowledged.ts'
import { linesOf, open, startChild, withFolder } from './support.ts'

/** Makes every fsync and fdatasync fail once the file named by FSYNC_FAILS is there. */
const shim = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(void) {
  const char *path = getenv("FSYNC_FAILS");
  return path && access(path, F_OK) == 0;
}
int fdatasync(int fd) {
  if (fails()) { errno = EIO; return -1; }
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
int fsync(int fd) {
  if (fails()) { errno = EIO; return -1; }
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
`

const compiler = Bun.which('cc')
if (process.platform !== 'linux' || !compiler) {
  console.error('SKIPPED: a failing fsync is tested on Linux with a C compiler (cc) only')
}

test.skipIf(process.platform !== 'linux' || !compiler)(
  'when fsync fails, the process ends with a sentence and has acknowledged nothing that is lost',
  async () => {
    await withFolder(async (folder) => {
      const library = join(folder, 'shim.so')
      writeFileSync(join(folder, 'shim.c'), shim)
      const built = Bun.spawnSync([compiler!, '-shared', '-fPIC', '-o', library, join(folder, 'shim.c'), '-ldl'])
      expect(built.stderr.toString()).toBe('')

      const data = join(folder, 'data')
      const toggle = join(folder, 'fails')
      const child = startChild(data, { LD_PRELOAD: library, FSYNC_FAILS: toggle })
      const { lines, ended } = linesOf(child)
      await until(() => lines.length >= 2_000, 20_000, 'the child writing')
      writeFileSync(toggle, '')
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
