import { dlopen, FFIType, ptr } from 'bun:ffi'

/** Size and alignment of a huge page on x86-64 and on ARM64 with 4 KB base pages. */
const hugePageBytes = 2 * 2 ** 20
/** `MADV_HUGEPAGE` of Linux. */
const madviseHugePage = 14

type Advise = (address: number, bytes: number) => void

let advise: Advise | undefined

/**
 * Asks the kernel to keep a large array in pages of 2 MB. Random accesses to gigabytes in pages of 4 KB miss the
 * processor's table of pages nearly every time: measured, a scattered write then costs 60 ns in place of 17. A wish, not
 * more: where there is no such call nothing happens, and contents never change.
 */
export function preferHugePages(array: Float64Array<ArrayBuffer>): void {
  if (array.byteLength < 2 * hugePageBytes) return
  advise ??= findAdvise()
  const address = ptr(array)
  const first = Math.ceil(address / hugePageBytes) * hugePageBytes
  const bytes = Math.floor((address + array.byteLength - first) / hugePageBytes) * hugePageBytes
  if (bytes > 0) advise(first, bytes)
}

/** Found at first use: small installations never need it. */
function findAdvise(): Advise {
  if (process.platform !== 'linux') return () => {}
  try {
    const { symbols } = dlopen('libc.so.6', {
      madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
    })
    return (address, bytes) => void symbols.madvise(BigInt(address), BigInt(bytes), madviseHugePage)
  } catch {
    // Another C library, or a kernel that lets no code be made: ordinary pages.
    return () => {}
  }
}
