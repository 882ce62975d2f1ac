/** The limits of search, as limits.ts holds all others. */

/** What messages are searched by, in UTF-16 units, and how many different words of it: each is a look into the index. Beyond: 422. */
export const searchLengthMax = 200
export const searchWordsMax = 16
/** Different words of one message that it is found by; a text of 10 KB has some 700. The words after these find nothing. */
export const wordsPerMessageMax = 2_000
/** A word is told from others by its beginning, in UTF-16 units. Fixed: changing it loses what is indexed. */
export const wordLengthMax = 64

// --- cluster ---
/** Partitions of one node of the index's time, by word: a batch of messages is as many writes. Fixed. */
export const searchShards = 16
/** Rows of one of them from which its node is split; with what comes until all know it, far below 100,000. */
export const searchSplitRows = 40_000
/** A process counts a partition after so many rows that it wrote there: sixteen processes overshoot by 80,000 at the very most. */
export const searchCountEveryRows = 5_000
/** How long a process may not know of another one's split, and parents of split nodes that it knows, 1 KB each. */
export const searchSplitsKnownMs = 2_000
export const searchSplitsKnown = 1_024
/** Rows of one write, some 10 KB, and writes of one process under way at once: others' calls go between them. */
export const searchRowsPerBatch = 200
export const searchWritesAtOnce = 32
/** Ids of each word read from one partition where messages must have several; the rarest one's are looked for in the others. */
export const searchRowsAtOnce = 256
/** Leaves of the index's time looked at side by side, all words together … */
export const searchLeavesAtOnce = 32
/** … and reads of one look, about 0.3 s of a busy cluster: further back goes the next page. */
export const searchReadsMax = 1_024
/** Messages of before there was an index: ranges of tokens, messages read at once, and how often the one that leads is looked for. */
export const searchFillRanges = 16
export const searchFillRows = 200
export const searchFillEveryMs = 10_000
export const searchFillLeadTask = 'search'
