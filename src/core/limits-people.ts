/** The limits of muting, blocking, suggestions, and accounts that go; see limits.ts. */

// --- whom one does not see ---
/** Whom one may mute, and whom block: read as a whole with the followees of whoever hides anybody. Beyond: 422. */
export const mutedMax = 10_000
export const blockedMax = 10_000
/** By whom one is blocked, as far as timelines know it (80 KB); of more, boosts of their messages are seen. What is looked up one by one knows all. */
export const blockersHeldMax = 10_000

// --- suggestions ---
/** Suggestions: of so many of those whom one follows, spread evenly over all of them … */
export const suggestersMax = 256
/** … so many each of those whom they follow are looked at: 50,000 in all, some 20 ms … */
export const suggestionsOfEachMax = 200
/** … so many lists at once, beside others' requests … */
export const suggestersAtOnce = 16
/** … and so many suggestions made of them: nobody leafs further. */
export const suggestedMax = 200
/** The hot log's newest entries, for who has no friends of friends yet. */
export const hotAuthorsLookedAt = 1_000

// --- accounts that go ---
/** How often a process looks whether somebody was withdrawn unheard: one read of one row. */
export const withdrawnLookMs = 1_000
/** Messages of withdrawn authors that a process knows as such, 60 B each, two generations: rings are full of the same ones. Beyond: read again. */
export const hiddenIdsKeptMax = 65_536
/** Rows of an account that are deleted together … */
export const accountRowsAtOnce = 20
/** … and the pause after them: 400 a second at most, so that 100,000 messages take some 5 minutes and others feel little of it. */
export const accountPauseMs = 50
/** Of its newest messages, followers' clients are told: as many as an inbox holds. Of all others nobody is: their author is hidden. */
export const accountToldMax = 400
/** What was under way when the account was deleted has ended by then, and goes with it. */
export const accountSettleMs = 30_000
/** How often the process that leads looks for accounts that are to go. */
export const accountsLookMs = 1_000
