/** Limits of what goes on beside the road: retention, and looking at the disk (limits.ts has all others). */

// --- retention ---
/** `--keep`: no message goes before the last cursor that may still bring it has ended. */
export const keepAgeMsMin = 7 * 24 * 3600_000
/** `--keep`: smaller sizes hold little more than the tables themselves. */
export const keepBytesMin = 64 * 1024 * 1024
/** Rows taken in one step: some 5 ms of the embedded engine's writer, in which publishing waits. */
export const retentionPageRows = 200
/** Messages, and likes of one, taken from a cluster at the same time. */
export const expiredAtOnce = 16
/** Between two steps: at most 4,000 rows a second … */
export const retentionPauseMs = 50
/** … and at most this share of the time, where steps take longer. */
export const retentionShare = 0.2

// --- disk use ---
/** Disk use by kind is looked at this often at most … */
export const diskLookEveryMs = 600_000
/** … and during this share of the time at most: it reads the whole database. */
export const diskLookShare = 0.01
/** Up to this size in the first second already: it takes less than one. */
export const diskLookSoonBytes = 256 * 1024 * 1024
/** `doctor` says only the sum of a larger one: people wait for it. */
export const diskLookDoctorBytes = 4 * 1024 * 1024 * 1024
