/** Limits of what it takes to run a community, as core/limits.ts has the rest. */

/** Why something was reported or somebody suspended, and the note beside a decision, in code points. Beyond: 422. */
export const reasonLengthMax = 1_000
/** How long an invitation is good: a week to read one's mail. */
export const inviteAgeMs = 7 * 86_400_000
/** How long an invitation is told apart from one that never was, after it expired. */
export const inviteKeptMs = 30 * 86_400_000
/** A sign-up that died while it held an invitation leaves it to others after this: far longer than any takes, by any clock. */
export const inviteLeftMs = 300_000
/** Rows of an export read at once; while its reader is slow nothing more is read. */
export const exportPageRows = 100
/** Sessions told of in one: whoever has more of them logs in by a program. */
export const exportSessionsMax = 1_000

// --- rates ---
/** Reports of one user in an hour: more than anybody reads through by hand. */
export const reportsPerHour = 30
/** Exports of one user in an hour: each reads all they ever wrote. */
export const exportsPerHour = 6
