/**
 * Every limit of the program, with its unit in the name and its reason beside it. What happens at a limit stands there
 * too; docs/OPERATIONS.md lists the ones an operator meets.
 */

// --- what clients send ---
/** API.md: a message's text, in bytes of UTF-8. Beyond: 422 `text_too_long`. */
export const textBytesMax = 10_240
/** API.md: a page of any list. Beyond: 422. */
export const pageLengthMax = 100
export const pageLengthDefault = 20
/** Handles are `[A-Za-z0-9_]{1,30}`. */
export const handleLengthMax = 30
/** What a list of users is searched by, in UTF-16 units: a name in full. Beyond: 422. */
export const queryLengthMax = 200
/** Whom one may follow: bounds what a rebuilt inbox and a page of hot authors must look at. Beyond: 422. */
export const followeesMax = 20_000
/** Display names; long enough for real ones, short enough for every layout. In code points. */
export const nameLengthMax = 100
/** Profile text, in code points. */
export const bioLengthMax = 1_000
/** argon2id hashes any length; 1 KiB keeps the cost of a guess flat. In bytes. */
export const passwordBytesMax = 1_024
export const passwordLengthMin = 8
/** API.md: the `Idempotency-Key`, in characters, and how long it is remembered. */
export const idempotencyKeyLengthMax = 128
export const idempotencyAgeMs = 24 * 3600_000
/** Cursors and the `next` of lists, in characters: ours have at most 150. Beyond: 422. */
export const cursorLengthMax = 200
/** A JSON body: the largest text with every byte escaped (`\u0000` is six) and room for the rest. Beyond: 413. */
export const bodyBytesMax = 65_536

// --- sockets ---
/** API.md: one frame, both ways. Beyond: close 1009. */
export const frameBytesMax = 65_536
/** A socket's `fetch` ends its page before this (one message at least). */
export const framePageBytesMax = 48 * 1024
/** What may wait unsent on one socket before it counts as lagged: about 30 large messages. */
export const socketQueueBytesMax = 512 * 1024
/** API.md: the `ref` of a frame, in code points. */
export const refLengthMax = 64
/** Frames of one socket in work at the same time; further ones wait in the kernel's buffers. */
export const socketInFlightMax = 64
/** API.md: the ids one socket may watch. */
export const watchIdsMax = 200
/** API.md: the first frame must come within this. */
export const helloWithinMs = 5_000
export const pingEveryMs = 25_000
export const silenceMaxMs = 60_000
/** Like counts go to watchers at most twice a second. */
export const countsEveryMs = 500
/** How often a gateway compares its sockets' positions with the heads. */
export const headsEveryMs = 10_000
/** Open sockets of one user; a community member's devices, and a bound on what one token can hold. Beyond: 4429. */
export const socketsPerUserMax = 32
/** Frames a socket may send before its hello is accepted; a client that means well sends one. Beyond: 4401. */
export const framesBeforeHelloMax = 16
/** A socket that takes nothing of what waits for it, not a byte, for this long is closed with 4503. */
export const drainWithinMs = 60_000
/** How long a closing handshake may take before the connection is cut. */
export const closeWithinMs = 5_000
/** The beat of a gateway's one timer for all sockets: the grain of pings, silences and compared heads. */
export const sweepEveryMs = 500
/** Messages on their way to sockets in one gateway, about 1 KB each. Beyond: dropped, and found again by comparing heads. */
export const liveItemsMax = 10_000
/** Sockets refilled at once by one gateway; each reads a page. Further ones wait their turn. */
export const refillsMax = 64
/** One read of a refill. */
export const refillMessages = 50
export const refillBytesMax = 128 * 1024
/** A refill that failed is tried again after this, up to the number of tries; then the socket is closed with 4503. */
export const refillRetryMs = 1_000
export const refillTriesMax = 30
/** Ids that one socket sent or was given already and whose delivery is still to come. Beyond: the oldest comes twice. */
export const heldIdsMax = 1_024
/** Likers looked at for one live message, so that those who like it already see that; more than these: each by a refill. */
export const likersLookedAt = 1_000
/** By how much clocks of two processes may differ when it matters whether a message is older than a follow. */
export const graphClockMs = 10_000
/** How long a poll is answered with the very cursor it came with; then its watermark moves on. */
export const pollCursorMs = 10_000

// --- publishing ---
/** An id not stored within this is abandoned and a new one taken. */
export const storeWithinMs = 10_000
/** How long an accepted message is offered to the queue before it is left to the sweeper. */
export const offerWithinMs = 50
/** How far a clock may step back before ids are refused. */
export const clockBackMaxMs = 10_000
/** Age of the oldest undone outbox row from which publishing slows … */
export const undoneSlowMs = 60_000
/** … and from which it answers 503. */
export const undoneRefuseMs = 15 * 60_000
/** Publishes of one author in work at once: bounds `prev`. Further ones wait their turn … */
export const publishesPerAuthorMax = 64
/** … up to this number, about a second of commits. Beyond: 429, rate limits or not. */
export const publishesWaitingPerAuthorMax = 1_024

// --- fan-out ---
/** Followers in one page of a job: the unit of work, and the line between a small and a large author. */
export const fanoutPageReaders = 1_000
/** Jobs a worker takes at once. */
export const fanoutBatchJobs = 64
/** Jobs the queue holds in memory; further ones stay outbox rows and are read back as room appears. */
export const queueJobsMax = 100_000
/** A job that fails this often while its engines answer is dead. */
export const jobTriesMax = 10
/** The first back-off of a job that failed; doubled with each further try … */
export const jobRetryMs = 1_000
/** … up to this, so that jobs go on soon after a long outage; ten tries take about 4 minutes. */
export const jobRetryMaxMs = 60_000
/** A job whose turn has not come is handed out again after this: a publisher or another worker needs about as long. */
export const jobWaitMs = 20
/** A row whose message is missing this long after its id is an empty job. */
export const missingAfterMs = 60_000
/** The sweeper republishes what is undone this much longer than the queue's oldest job. */
export const sweepAfterMs = 30_000
/** W and the sweeper's watermark never pass this far behind now: a message may be stored this late after its id. */
export const settleMs = 15_000

// --- timelines ---
/** Ids an inbox holds at least before it drops the oldest (API.md: 400 at least). */
export const inboxIdsMin = 400
/** Ids put beneath when an inbox is made: enough for the first pages. */
export const inboxMadeIds = 200
/** Newest messages of a followee put beneath on follow. */
export const backfillIds = 40
/** A newest page is kept for its reader up to this size, so that their number bounds the bytes: three usual pages. Beyond: made anew. */
export const keptPageBytesMax = 32 * 1024
/** Entries looked at for one page before it may be short. */
export const pageEntriesMax = 1_000
/** How long a builder of an inbox may take before another replaces it. */
export const buildWithinMs = 5_000
/** How long the hot log is held in memory; must exceed a cursor's age (8 days). */
export const hotLogAgeMs = 9 * 24 * 3600_000
/** How long a cursor ahead of this process's hot log waits for it. */
export const hotWaitMs = 1_000
/** How long deletions are told to cursors; must exceed a cursor's age. */
export const deletionsAgeMs = 9 * 24 * 3600_000
/** Deletions told in one answer; further ones come with the next cursor. */
export const deletionsPerPageMax = 1_000

// --- HTTP ---
/** Bodies of all routes but `/send`: the largest profile with every character escaped. Beyond: 413. */
export const smallBodyBytesMax = 24_576
/**
 * What Bun itself lets through before a route is asked; beyond, it answers a bare 413. More than anybody sends, so that
 * every route refuses in full what passes its own limit: Bun holds nothing of a body that is not read (measured: 1 GB
 * sent, nothing added to the process), and a route reads no further than its limit.
 */
export const anyBodyBytesMax = Number.MAX_SAFE_INTEGER
/** A body must have arrived whole within this: a slow sender holds a connection, not a promise. Beyond: 400. */
export const bodyWithinMs = 10_000
/** Silence on a connection, an answer in the making included. In seconds, as Bun takes it; closed without a word. */
export const idleSecondsMax = 60
/** Queries of `/fetch` (`length=20` and the like) held ready as they were read. Beyond: read each time. */
export const fetchQueriesKeptMax = 256
/** Requests in work at once; each holds some KB. Beyond: 503 `overloaded`. */
export const requestsInWorkMax = 10_000
/** An answer must be ready within this, whatever an engine does. Beyond: 503 `unavailable`. */
export const answerWithinMs = 30_000
/** When to come back after a 503, in seconds. */
export const retryAfterSeconds = 1

// --- accounts ---
/** argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane; about 35 ms of one core. */
export const passwordMemoryKib = 19_456
export const passwordPasses = 2
/** Hashes computed at once, each on a thread of Bun's pool: half of its smallest size, so that files stay readable. */
export const passwordHashesAtOnce = 2
/** Hashes that wait: about 10 s of work. Beyond: 503 `overloaded`. */
export const passwordsWaitingMax = 500
/** Tokens a process knows without asking the store, about 400 B each. Beyond: the oldest is asked for again. */
export const tokensCachedMax = 65_536
/** How long such knowledge holds: API.md lets a dead token live 5 s, and the Bus may lose the event that ends it. */
export const tokenCachedMs = 4_000
/** Authors whose JSON is held ready, about 300 B each; two generations of this size. */
export const authorsCachedMax = 32_768

// --- rates, per minute unless said otherwise; `--rate-limits off` lifts them ---
/** Reads of one user: a page every 50 ms. */
export const readsPerMinute = 1_200
/** Writes of one user: API.md's ten messages an hour a hundred times over, likes and follows included. */
export const writesPerMinute = 300
/** New accounts of one address in an hour: a class room behind one router. */
export const signUpsPerHour = 60
/** Log-ins tried from one address: each costs a password hash, and guessing must not pay. */
export const logInsPerMinute = 20
/** Users and addresses whose rates are counted at once, about 100 B each. Beyond: the longest counted is forgotten. */
export const ratesCountedMax = 100_000
