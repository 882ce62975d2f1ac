import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A real file system of its own, small enough to fill; undefined where this user may not mount one. */
export function mountSmall(folder: string, mebibytes: number): (() => void) | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  mkdirSync(folder)
  const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  if (mounted.exitCode !== 0) return undefined
  return () => void Bun.spawnSync(['umount', '--lazy', folder])
}

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

const compiler = process.platform === 'linux' ? Bun.which('cc') : null

/** Whether a failing fsync can be had on this machine: it takes Linux and a C compiler. */
export const canFailFsync = compiler !== null

/** Environment of a process whose fsync can be made to fail, and the means to do so. */
export function failingFsync(folder: string): { env: Record<string, string>; fail(): void } {
  const library = join(folder, 'shim.so')
  writeFileSync(join(folder, 'shim.c'), shim)
  const built = Bun.spawnSync([compiler!, '-shared', '-fPIC', '-o', library, join(folder, 'shim.c'), '-ldl'])
  if (built.exitCode !== 0) throw new Error(`cc failed: ${built.stderr.toString()}`)
  const toggle = join(folder, 'fails')
  return { env: { LD_PRELOAD: library, FSYNC_FAILS: toggle }, fail: () => writeFileSync(toggle, '') }
}
