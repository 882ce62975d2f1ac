/**
 * Every limit of the program, with its unit in the name and its reason beside it. What happens at a limit stands there
 * too; docs/OPERATIONS.md lists the ones an operator meets.
 */

// --- what clients send ---
/** API.md: a message's text, in bytes of UTF-8. Beyond: 422 `text_too_long`. */
export const textBytesMax = 10_240
/** Handles looked up for one message's mentions; further ones stay plain text: nobody is told by a list of everybody. */
export const mentionsMax = 20
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
/** Ids of own messages that one socket sent and whose delivery is still to come. Beyond: the oldest comes live too. */
export const sentIdsMax = 1_024
/** Ids that one socket was given while it caught up by id, above the watermark; 40 B each. Beyond: the oldest come again. */
export const givenIdsMax = 2_048
/** Who likes or boosts one live message already, so that they see that: so many are looked at; of more, each is given it by a refill. */
export const markersLookedAt = 1_000
/** By how much clocks of two processes may differ when it matters whether a message is older than a follow. */
export const graphClockMs = 10_000
/** How long a poll is answered with the very cursor it came with; then its watermark moves on. */
export const pollCursorMs = 10_000

/** How soon counts of boosts and replies that could not be read are read again, and how many wait for it. Beyond: the oldest waits for its next change. */
export const responsesRetryMs = 500
export const responsesUntoldMax = 10_000
/** Boosts of a deleted message read at once, and deleted at once: others' writes go between. */
export const boostsPerPage = 200
export const boostsAtOnce = 16

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
/**
 * How long a call waits for one that should be over first: a try with the same key, a change of the same profile. Beyond: it
 * is done beside that one, as at another gateway.
 */
export const oneByOneWaitMs = 5_000
/** Publishes of one author in work at once: bounds `prev`. Further ones wait their turn … */
export const publishesPerAuthorMax = 64
/** … up to this number, about a second of commits. Beyond: 429, rate limits or not. */
export const publishesWaitingPerAuthorMax = 1_024

// --- fan-out ---
/** Followers in one page of a job: the unit of work, and the line between a small and a large author. */
export const fanoutPageReaders = 1_000
/** Jobs a worker takes at once. */
export const fanoutBatchJobs = 64
/**
 * Batches that one process of a cluster works at once, each of other authors: a batch waits for its engines most of its time,
 * some 100 ms where they are busy, and a hot author's for a compare-and-set besides.
 */
export const fanoutBatchesAtOnce = 4
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
/** Ids that a worker knows to be done, 60 B each: all that may stand above the watermark at 1,000 messages a second. Beyond: read again. */
export const doneIdsKeptMax = 16_384
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
/**
 * Messages of which it is remembered that they changed while they may be being stored or read, 60 B each, two generations:
 * beyond, at more likes a second than one process sees, a count may be an older one until the next like.
 */
export const changesKeptMax = 16_384
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
 * What Bun itself lets through before a route is asked; beyond, it answers a bare 413. No limit, so that
 * every route refuses in full what passes its own: Bun holds nothing of a body that is not read (measured: 1 GB
 * sent, nothing added to the process), and a route reads no further than its limit.
 */
export const anyBodyBytesMax = Number.POSITIVE_INFINITY
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

// --- cluster: CASSANDRA ---
/** How long an engine that does not answer is waited for at a start. Beyond: one sentence and exit status 1. */
export const engineStartMs = 20_000
/** One call of Cassandra, its retries on other nodes included. Beyond: 503 `unavailable`. */
export const cassandraCallMs = 2_000
/** A compare-and-set with what it takes to learn its outcome: the call, a serial read, and one more call. */
export const cassandraLwtMs = 6_000
/** Calls of one process under way at once: three nodes on two cores are full at 512. Further ones wait their turn … */
export const cassandraInFlightMax = 1_024
/** … up to this many, a second's work of such a cluster. Beyond: 503 `overloaded`. */
export const cassandraWaitingMax = 4_096
/** A read (or a repeatable write) not answered by then is also asked of another node: well past a healthy node's p99. */
export const cassandraReadAgainMs = 150
export const cassandraWriteAgainMs = 500
/** Time-outs after which a connection counts as dead: few, for a hung node costs each of its calls the time above. */
export const cassandraTimeoutsPerConnection = 8
/** How long after a change of the ring the driver's token map is made anew: a node's tokens are known a little later. */
export const tokenMapAfterMs = 3_000
/** Failures in a row after which an engine's circuit breaker opens, and how long it then refuses before it tries again. */
export const breakerFailuresMax = 16
export const breakerOpenMs = 500
/** How long one process may take to make all tables before another does: each table waits for all nodes. */
export const schemaMakingMs = 120_000
/** How long too few nodes are counted again: one serves a second or two before the others list it. */
export const nodesSeenWithinMs = 5_000
/** Partitions asked for by one statement: each is a read of its own for the node that is asked. */
export const idsPerRead = 50
/** Partitions over which the words lie that begin with one character. Fixed: changing it loses what is written. */
export const userWordShards = 16
/** Names looked at in each of them: a prefix that more users are called by finds only some by name (by handle all). */
export const namesLookedAt = 1_000
/** Partitions of a message's likes: with a million of them, each like has a thousand rows counted again. Fixed. */
export const likeShards = 1_024
/** Shards of a message read at once for a page of its likers. */
export const likersAtOnce = 16
/** Counts of likes that a process holds, zeros too, about 100 B each, and how long: API.md lets a count lag 2 s. */
export const likeCountsHeld = 65_536
export const likeCountsHeldMs = 1_000
/** A shard with more likes than this is counted at most once in that time, and once more at its end. */
export const recountLargeRows = 512
export const recountAtLeastMs = 1_000
/** Marked shards are counted once more this long after the mark: beyond any write under way and any clock's error. */
export const recountAfterMs = 5_000
/** How often the recounter looks for marks, how many it counts at once, and its name among the leased tasks. */
export const recountEveryMs = 1_000
export const recountsAtOnce = 16
export const recountLeadTask = 'recount'
/** Partitions of one minute's marks. Fixed. */
export const dirtyParts = 4
/** How long a mark waits for a recounter at most, in seconds: no installation is without one for longer. */
export const dirtyLifeSeconds = 7 * 86_400
/** Positions of the hot log in one partition: some 600 KB. Fixed. */
export const hotBucketRows = 10_000
/** A read of the hot log's head begins at most this often in a process, however many fetches ask for it. */
export const hotRefreshEveryMs = 5
/** A node number is leased for this long, its lease renewed this often … */
export const nodeLeaseMs = 30_000
export const nodeRenewEveryMs = 1_000
/** … and its next holder starts this long after the lease's end. */
export const nodeLeaseGapMs = 1_000
/** A task that one process does for all is leased for this long; who leads renews with half of it left. */
export const leadLeaseMs = 10_000

// --- cluster: MESSAGES, OUTBOX ROWS, GRAPH ---
/** By how much the clocks of two hosts may differ; more is refused at a start. */
export const clocksApartMaxMs = 1_000
/** An outbox row that appears later than this after its id is told of separately, at the cost of one more write. */
export const lateAfterMs = 1_000
/** … and that write must take no longer than this, else it is made again. */
export const lateWriteMs = 2_000
/** What every fetch asks for (the lowest undone row, new deletions) is looked at this often … */
export const lookAgainMs = 1_000
/** … and waited for only when the last look is older: such answers are as right when they are old, only less sharp. */
export const lookAwaitMs = 5_000
/** How old the watermark of another process's sweeper may be known; an older one only lets a worker look at a row more. */
export const watermarkAgeMs = 5_000
/** Outbox rows are kept this long, and so far back a started process fills its memory of newest messages. */
export const outboxKeptMs = 2 * 24 * 3600_000
/** Minutes of outbox rows forgotten at once; further ones with the next move of the watermark. */
export const trimMinutesMax = 120
/** Authors whose outboxes are read at once for one merge. */
export const authorsReadAtOnce = 64
/** Authors whose months are known without asking, about 100 B each; two generations of this size. */
export const authorMonthsKeptMax = 50_000
/** Ids whose first store a process remembers: those of the last 10 s and more. About 60 B each; two generations. */
export const storedIdsKeptMax = 65_536
/** Authors known to publish so often that their newest rows are read in one go; about 60 B each, two generations. */
export const frequentAuthorsKeptMax = 10_000

// --- cluster: NATS ---
/** Connecting to one server, a call to JetStream, a confirmed acknowledgement: failed after this. */
export const natsWithinMs = 2_000
/** A silent server is noticed within two to three of these. */
export const natsPingEveryMs = 1_000
/** Between two tries to reconnect, and as much again by chance: processes do not come back all at once. */
export const natsReconnectMs = 250
/** Jobs of one lane in the queue, in bytes as JetStream counts (about 200 a job). Beyond: left to the sweeper. */
export const natsStreamBytesMax = 256 * 1024 * 1024
/** How long JetStream remembers what was published, to swallow repetitions; 10 minutes as CLUSTER.md says. */
export const natsDuplicatesMs = 600_000
/** Subjects of a lane, each worked by one process at a time: more processes than this have nothing to do. Never change it under the same stream's name. */
export const natsPartitions = 16
/** Jobs in one message. A worker holds a message until all of its jobs are done. */
export const natsBundleJobsMax = 32
/** How long jobs gather for one message while the one before is not acknowledged. */
export const natsBundleMs = 5
/** Messages offered and not answered. Beyond: a job is left to the sweeper at once, so a hung server costs nothing. */
export const natsOffersMax = 1_024
/** Jobs of which a process remembers that it offered them. Beyond: the oldest is forgotten, and may be put twice. */
export const natsOfferedJobsMax = 100_000
/** Messages of one partition that a worker holds unacknowledged, and its jobs, about 400 B each: then it asks for no more. */
export const natsHeldMessagesMax = 1_024
export const natsHeldJobsMax = 2_048
/** Messages asked for at once, and how long that request stands. */
export const natsPullMessages = 64
export const natsPullMs = 30_000
/** JetStream's sign of life on such a request; a worker that misses three of them asks anew. */
export const natsPullBeatMs = 1_500
/** JetStream hands out again what was not acknowledged for this long … */
export const natsAckWaitMs = 30_000
/** … which a worker prevents for what it holds, this often. */
export const natsExtendEveryMs = 10_000
/** Workers tell each other that they live, and look who works what. */
export const natsBeatMs = 1_000
/** A worker hands nothing out when it has not seen for this long that a partition is still its own … */
export const natsLeaseMs = 4_000
/** … and others take it over after its silence for this long: longer, so that two never work the same. */
export const natsWorkerDeadMs = 6_000
/** A partition that nobody works for this long is anybody's. */
export const natsOrphanMs = 10_000
/** What a worker lost and may see again: remembered this long, so that it is not begun twice. */
export const natsLostRememberedMs = 60_000
/** Events on their way to NATS. Beyond: dropped (at most once), and every process is told to look for itself. */
export const busUnsentBytesMax = 4 * 1024 * 1024
/** One message of the Bus: what was published in one turn for the same gateway is sent together. */
export const busFrameBytesMax = 128 * 1024
/** A message is named by its author's later ones, if at all, within this: 10 s to store it and as long to publish the next. */
export const namedWithinMs = 60_000
/** Deletions held in memory, 24 B each; what is older than they reach is read from the store. */
export const deletionsHeldMax = 1_000_000
/** How long an unfollowed edge tells its time, against clocks that are behind: far beyond what these may differ by. */
export const unfollowedKeptMs = 3_600_000
/** Edges in one shard of an author's followers before new ones go to the next level: partitions stay far below 100,000 rows. */
export const followersPerShardMax = 50_000
/** Followers up to this many are counted when asked (5 ms); beyond, counts are kept and recounted. */
export const followersCountedMax = 5_000
/** Users whose number of followers is held, and how long: by the cost of counting, which grows with it. */
export const countsHeldUsersMax = 50_000
export const countsHeldMinMs = 2_000
export const countsHeldMaxMs = 30_000

// --- cluster: REDIS ---
/** One call of Redis. Beyond: its connection is dropped, all calls on it are refused with 503 `unavailable`, a new one is made. */
export const redisAnswerMs = 1_000
/** The first pause before a lost server is tried again; doubled with each further try … */
export const redisRetryMs = 50
/** … up to this, so that a server that is back is used within about a second. */
export const redisRetryMaxMs = 1_000
/** How often each server is asked what it is, and a Redis Cluster who owns what. */
export const redisLookEveryMs = 2_000
/** How often the generations of the inboxes are read … */
export const generationReadEveryMs = 2_000
/** … how long one counts after its read began … */
export const generationAgeMaxMs = 5_000
/** … how long a shard must be out of reach before its generation is raised, and how often it then is … */
export const shardGivenUpMs = 5_000
/** … and how long after that deliveries are acknowledged without it: twice as long as anybody goes by the older one. */
export const raisedForMs = 10_000
/** Messages of one shard known to wait for a raise. Beyond: the oldest waits until its age says that it was stored before. */
export const heldBackIdsMax = 10_000
/** Deliveries of one call: about 3 ms of the server's time, in which nobody else is served. */
export const deliveriesPerCallMax = 1_000
/** Deliveries that one process has under way at once: about 25 ms, for which others' calls may wait. */
export const deliveriesInFlightMax = 8_192
/** Heads read by one call: about 2 ms. */
export const headsPerCallMax = 1_000
/** Keys looked at by one call, where all are looked at in turn; and presences renewed by one. */
export const readersPerLookMax = 500
/** How often a reader's reads are noted, at most: what keeps an inbox awake need not be exact. */
export const readsNotedEveryMs = 3600_000
/** How long a presence counts that nobody renews. In seconds, as Redis takes it. */
export const presenceSeconds = 60
/** How often a gateway renews its readers' presences. */
export const presenceRenewEveryMs = 20_000
/** How long presences must have been kept without a gap before who has none counts as offline. */
export const presenceKnownAfterMs = 90_000

/**
 * How long a shared body lives, in seconds: all gateways read a new message within seconds of each other, and what a gateway
 * that starts cold is asked for is mostly that new. At 2,800 messages a second some 200 MB of Redis.
 */
export const sharedBodySeconds = 120
/** Longer ones, in UTF-16 units, stay out: so few that each process may read them itself, and they would take most of the room. */
export const sharedBodyLengthMax = 4_096
/** How long a lease stands whose holder never fills it: longer than a read of Cassandra takes. In seconds. */
export const sharedLeaseSeconds = 10
/** Bodies asked for by one call: an answer of 1 MB at most, of 100 KB as a rule. */
export const sharedBodiesPerCallMax = 250

// --- cluster: MANY PROCESSES ---
/** While inboxes are away: timelines read out of outboxes at once, some 100 small reads each … */
export const standInReadsMax = 32
/** … and how many wait, a few seconds' work. Beyond: 503 `overloaded`. */
export const standInWaitingMax = 512
/** The outboxes of so few authors are asked themselves: one read each is less than reading what appeared of everybody. */
export const fewAuthors = 4
/** Deleted and abandoned ids remembered against rows read before; far more than of the seconds a reading takes. */
export const removedIdsHeldMax = 16_384
/** How often a process reads on in the log of deletions, whatever the Bus tells … */
export const deletionsLookMs = 1_000
/** … and after how long without an answer its message cache is emptied. */
export const bodiesUnverifiedMaxMs = 5_000
/** How often counts in doubt are read, and how long after a change is heard of: `likeCountsHeldMs` and a little. API.md: 2 s. */
export const likesLookMs = 250
export const likesSettleMs = 1_050
/** While the Bus is away: counts asked for every few seconds, of what was taken into the cache last; 40 reads of the store. */
export const countsAskedMax = 2_000
/** When a count is sure where several processes counted at once: the recounter has been there (`recountAfterMs`, and its round). */
export const likesSureMs = 8_000
/** Tokens of open sockets asked for at once when a word of their end may have been lost. */
export const tokensAskedAtOnce = 16
/** How long a sign of life of the store's quorum serves `/readyz`. */
export const storeSeenMs = 1_000

// --- cluster: WHAT A READER'S INBOX TELLS ---
/** How long a watermark serves those who poll: as long hot messages may be missing there. */
export const watermarkServesMs = 250
/** Followees kept by readers' versions, a share of this for each list read: 8 B a followee and some 400 B. Beyond: forgotten. */
export const followsKeptBytesMax = 128 * 1024 * 1024
/** How long a list is kept though its version is the same: bounds what a write landing after its call had failed may hide. */
export const followsKeptMs = 300_000
/** A change of an edge ends within this (four steps of 2 s), or has died: until then nobody keeps lists read meanwhile. */
export const followsChangeMs = 20_000
/** Beside the longest that anybody goes by an older generation, before a change counts that could not be told. */
export const followsMarginMs = 500
/** What was read of new outbox rows tells of an author's own messages for so long after that reading began … */
export const ownSeenMs = 4_000
/** … so a message that Redis could not be told of is answered this much after its row was there. */
export const ownToldMs = 4_500
/** Authors of undone messages held for that, 150 B each. Beyond: every reader's own outbox is asked. */
export const ownAuthorsMax = 200_000
/** Ids held of one of them. Beyond: the oldest are forgotten, and this author's own outbox is asked. */
export const ownSeenIdsMax = 16
/** Readers of whose outboxes it is known that they hold nothing new, about 150 B each; two generations. */
export const ownReadsKeptMax = 50_000

// --- cluster: COPY ---
/** Rows read and written as one page: some MB at most, and as much is done again after an interruption. */
export const copyPageRows = 2_000
/** Parts of a kind copied or compared side by side: reading one waits for the database while another is written. */
export const copyPartsAtOnce = 4
/** Statements of a copy under way at once in Cassandra: three nodes on two cores are full at 256. */
export const copyWritesAtOnce = 256
/** Ranges of tokens in which a table of Cassandra is read: each goes on by itself after an interruption. */
export const copyRanges = 16
/** Rows of one page of such a range, and of one where ten rows have ended for each that lives: nodes read these along. */
export const copyScanRows = 500
export const copySparseRows = 100
/** A statement that the database did not answer is made again, so often … */
export const copyTriesMax = 12
/** … after this pause, doubled each time, up to the second figure: about a minute in all. */
export const copyRetryMs = 250
export const copyRetryMaxMs = 10_000
/** What a copy keeps of a folder's database in memory, in KiB: the indexes that do not grow at their end alone. */
export const copyCacheKiB = 256 * 1024
/** A process that read no new outbox rows for this long does not read them all: it starts anew, as after a start. */
export const feedGapMs = 120_000
/** The call by which gateways publish elsewhere: the longest text escaped, its key, and the names of both. */
export const internalBodyBytesMax = 2 * bodyBytesMax
/** How long such a call may take: to be held back by 2 s and stored within 10, and a little. Beyond: elsewhere, or 503. */
export const remotePublishMs = 13_000
/** … and with an Idempotency-Key, which may be tried elsewhere before the first call has ended. */
export const remoteKeyedPublishMs = 5_000
/** How long a process that did not answer is tried last. */
export const publisherAvoidedMs = 5_000
/** How old a gateway's list of processes that publish may be. */
export const publishersKnownMs = 1_000

// --- running a community ---
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
export const sessionsListedMax = 1_000
/** What a session's device is called by, in characters: enough to know it again. Beyond: cut. */
export const deviceLengthMax = 80

// --- media ---
/** API.md: what one message shows. Beyond: 422. */
export const mediaPerMessageMax = 4
/** What stands beside a picture for those who do not see it, in code points: a paragraph. Beyond: 422. */
export const mediaDescriptionLengthMax = 1_500
/** What a download is called, in UTF-16 units: file systems take 255 bytes. Beyond: cut. */
export const mediaNameLengthMax = 80
/** All uploads of one user, previews included: some hundred videos, or a phone's pictures of years. Beyond: 422. */
export const mediaPerUserBytesMax = 10 * 2 ** 30
/** … and how many: counting them must stay a moment's work. */
export const mediaPerUserMax = 20_000
/** What a form may have beside the file: boundaries, headers, a description with every character escaped. */
export const uploadRestBytesMax = 64 * 1024
/** The headers of one part of a form. Beyond: 400. */
export const uploadHeaderBytesMax = 8 * 1024
/** Parts of a form: a file, its description, and what browsers and libraries add. Beyond: 400. */
export const uploadPartsMax = 16
/** An upload that brings nothing for this long, or is not whole after the second figure, is given up. Beyond: 400. */
export const uploadSilentMs = 20_000
export const uploadWithinMs = 600_000
/** What of an upload is gathered before it is written: each write takes a turn of a thread, and time from those who read. */
export const uploadWriteBytes = 2 ** 20
/** Uploads received at once by one process, each a file in the spool. Beyond: 503 `overloaded`. */
export const uploadsAtOnceMax = 32
/** Uploads worked on at once, at most, and by cores: each may hold a picture of `imagePixelsMax` in memory. Further ones wait their turn … */
export const mediaWorkAtOnceMax = 4
export const mediaWorkPerCore = 1 / 2
/** … and one may take this long, so that no file keeps a place for ever. Beyond: 422. */
export const mediaWorkMs = 60_000
/** … and any work on one this long before the process that does it is ended as stuck. Beyond: 503 `overloaded`. */
export const mediaJobMs = 2 * mediaWorkMs
/** After each upload that was worked on the event loop is looked at for this long; where it uses this share of a core … */
export const mediaLookMs = 20
export const mediaLoopBusyShare = 1 / 2
/** … uploads are worked on this share of the time, with rests of at most so long: who reads is hardly delayed, and ten pictures take seconds. */
export const mediaShareWhereBusy = 1 / 5
export const mediaRestMsMax = 500
/** The process that works on uploads ends when none came for this long: it holds some 100 MB. */
export const mediaProcessIdleMs = 60_000
/** Pixels of a picture, told by its header before anything is decoded: 4 B each while it is. Beyond: 422. */
export const imagePixelsMax = 100_000_000
/** Bytes of a picture, which is held in memory as a whole. Beyond: 422. */
export const imageBytesMax = 64 * 2 ** 20
/** A HEIF file's list of what is in it: some hundred bytes for each of a hundred parts. Beyond: 422. */
export const heifMetaBytesMax = 2 ** 20
/** Boxes at the top of a HEIF file, and places of what is in it: a few are usual, and each costs a step. Beyond: 422. */
export const heifPartsMax = 10_000
/** Frames of a moving picture: each costs those who look at it. Beyond: 422. */
export const imageFramesMax = 2_000
/** The longer side of a preview, in pixels: the width of a column on a screen of double density. */
export const previewSideMax = 640
/** The longer side of what a blurhash is made of, in pixels: it tells no more than that. */
export const blurhashSideMax = 32
/** A message may still be stored this long after its id, by any clock; then what it was to show is free again. */
export const mediaLateMs = storeWithinMs + 2 * clocksApartMaxMs
/** Uploads that no message shows are taken away after this … */
export const mediaUnusedMs = 24 * 3600_000
/** … and what was never stored whole after this: longer than any upload takes. */
export const mediaBrokenMs = 3600_000
/** A gateway that begins together with the first one waits this long for the mark of that one's place. Beyond: it does not start. */
export const mediaMarkWithinMs = 2_000
/** How often all media are looked through for what is to go, how many at once, and the share of the time that may take. */
export const mediaTidyEveryMs = 3600_000
export const mediaTidyRows = 500
export const mediaTidyShare = 1 / 10
/** Media that looked left behind at the last round, about 100 B each. Beyond: they go a round later. */
export const mediaDoubtfulMax = 10_000

// --- rates ---
/** Uploads of one user in an hour: a whole album at once. */
export const uploadsPerHour = 400
/** Reports of one user in an hour: more than anybody reads through by hand. */
export const reportsPerHour = 30
/** Exports of one user in an hour: each reads all they ever wrote. */
export const exportsPerHour = 6

// --- tokens that a host product signs ---
/** All tokens that a process knows, in characters: signed ones have some 500. 32 MB at most. Beyond: as `tokensCachedMax`. */
export const tokenCharactersCachedMax = 16 * 2 ** 20
/** A signed token (JWT), in characters: a few claims and the longest signature in use. Beyond: 401. */
export const signedTokenLengthMax = 4_096
/** A host's id for its user (`sub`), in UTF-16 units, as OpenID Connect bounds it. Beyond: 401. */
export const subLengthMax = 255
/** A host's secret for HS256, in bytes: as long as the hash (RFC 7518, 3.2). Shorter: refused at the start. */
export const hostSecretBytesMin = 32
/** By how much the host's clock may differ from ours, in seconds: two machines that keep time. */
export const signedLeewaySeconds = 5
/** How long a signed token is not verified again: by then a key that its host withdrew is dead. */
export const signedCachedMs = 60_000
/** A host's key set (JWKS): a hundred keys and more. In bytes. Beyond: not taken. */
export const keySetBytesMax = 256 * 1024
/** How long a URL may take to give it … */
export const keySetWithinMs = 3_000
/** … how long it serves before it is read again, from a file and from a URL … */
export const keyFileAgeMs = 1_000
export const keyUrlAgeMs = 300_000
/** … how soon it is read again for a key that is not in it, or after a failure … */
export const keySetAgainMs = 10_000
/** … and how long it serves while it cannot be read again: a host may be down for a night. Beyond: 503 `unavailable`. */
export const keySetHeldMs = 24 * 3600_000

// --- rates; `--rate-limits off` lifts them ---
/** Log-ins tried with one handle in 15 minutes, from wherever: guesses are few, and few devices are as many. */
export const logInsPerAccount = 30
export const logInsPerAccountSeconds = 900
/**
 * What processes of a cluster took is settled among them this often: for so long each may allow what others allowed too …
 */
export const ratesSettledEveryMs = 1_000
/** … of reads and writes only who has used up this share of the quota at one process: nearly nobody ever does … */
export const ratesSharedFrom = 1 / 10
/** … so many at once, 100 ms of Redis together. Beyond: they count at this process alone … */
export const ratesSettledMax = 10_000
/** … and so many in one call: about 2 ms in which nobody else is served. */
export const ratesPerCallMax = 500

// --- overload ---
/** How long a request may wait before it is begun: a quarter of the second in which all are to be answered. Beyond: 503. */
export const queueDelayMaxMs = 250
/** … and how long where none was late in this time: a machine that stood still for a moment is not overloaded. */
export const queueDelayFirstMs = 750
export const queueLateKeptMs = 5_000
/** So many requests at least must have come meanwhile: fewer are no queue, whatever they wait for. */
export const queueRequestsMin = 64
/** What comes to a turn of the event loop that has lasted so long waits for the next ones: others need the thread too … */
export const requestsTurnMs = 20
/** … of which each begins so many of those that wait: some ms of work. */
export const requestsPerTurn = 128
/** How soon the server asks itself again how long that is: 1 % of one core at most … */
export const queueAskedEveryMs = 50
/** … and how long it waits for its own answer. */
export const queueAskedMs = 5_000
/** How long the quickest publish of a window may take before further ones are refused, and how long a window is … */
export const publishesSlowMs = 200
export const publishesSlowWindowMs = 100
/** … where at least so many are in work: fewer are no queue. */
export const publishesTogetherMin = 64

// --- notifications ---
/** API.md: of each reader so many are kept, the newest. */
export const notificationsKeptMax = 800
/** How often what was liked, boosted and followed is looked at: what happened meanwhile to one message is one notification … */
export const activityEveryMs = 250
/** … and how much at once: some ms of work. */
export const activitiesAtOnce = 1_000
/** Notifications made by one call of a store. */
export const notificationsPerWriteMax = 250
/** Followers with `notify` told of a message at once; others' notifications go between. */
export const notifyPageReaders = 1_000
/** Notifications on their way to sockets in one gateway. Beyond: not told live, only listed. */
export const notificationsToldAtOnce = 1_000
/** Up to how many unread notifications it is looked whether they are still to be seen; a badge says no more than 99+. */
export const unreadLookedAt = 100
/** Where the newest who liked or boosted is hidden from the reader, another is looked for among so many. Beyond: it is not listed. */
export const insteadLookedAt = 20

// --- Web Push ---
/** API.md: subscriptions of one user, a person's devices. One more: the oldest goes. */
export const pushSubscriptionsMax = 20
/** An endpoint, in characters: those of the known services have some 200 to 600. Beyond: 422. */
export const pushEndpointLengthMax = 2_048
/** What a push carries: an encrypted body of 4,096 B (RFC 8291), less its header (86 B), its tag (16 B) and its end (1 B). */
export const pushPayloadBytesMax = 4_096 - 86 - 16 - 1
/** What comes so soon after a notification goes with it, and who comes back at once is not told. */
export const pushAfterMs = 1_000
/** How often it is looked whose time has come. */
export const pushLookEveryMs = 250
/** Of the same thing (the likes of one message, new followers) the next push comes no sooner, twice as late each time … */
export const pushAgainAfterMs = 30_000
/** … up to this. */
export const pushAgainAfterMsMax = 30 * 60_000
/** Pushes of one user that may come one after the other, and one more each so often. What is beyond waits, by type as one. */
export const pushBurst = 10
export const pushEveryMs = 30_000
/** Readers whose pushes wait to be made, 200 B each. Beyond: not pushed, only listed. */
export const pushReadersWaitingMax = 50_000
/** New notifications of one of them: of more, the newest. */
export const pushIdsWaitingMax = 100
/** Readers looked at together: one question for presence. */
export const pushReadersAtOnce = 200
/** Readers whose last pushes are remembered, two generations of them; forgotten early, one may be told a little more often. */
export const pushedReadersKept = 20_000
/** How long a push service keeps a push for a device that is off: of what one is told directly … */
export const pushTtlSeconds = 24 * 3600
/** … and of likes, boosts and followers. */
export const pushLowTtlSeconds = 12 * 3600
/** Pushes that wait to be sent, 5 KB each at most; and of one host. Beyond: given up. */
export const pushJobsMax = 10_000
export const pushJobsPerHostMax = 2_500
/** Requests under way to hosts that answer: in all, and to one, that has given as many answers in a row … */
export const pushesProvenMax = 96
export const pushesPerHostMax = 32
/** … and beside them to hosts that are new or did not answer last: each has one, so that none that hangs delays another. */
export const pushesUnprovenMax = 32
/** Hosts of which it is known how they answered, two generations of them. */
export const pushHostsKept = 1_000
/** Tries of one push, the first among them: some 5 minutes, or more where `Retry-After` says so. */
export const pushTriesMax = 6
/** The pause after the first try, doubled after each further one; by chance down to half of it. */
export const pushRetryMs = 10_000
/** The longest `Retry-After` that is waited for. */
export const pushRetryMsMax = 3600_000
/** What is under way when the process ends may take this long. */
export const pushEndMs = 1_000

// --- pictures of a host product's users ---
/** A picture's URL in a token, in characters. Beyond: none. */
export const hostPictureUrlLengthMax = 2_048
/** The largest that is taken over. Beyond: none. */
export const hostPictureBytesMax = 5 * 1024 * 1024
/** Taken over at the same time, and waiting for that. Beyond: not before the next start, or the next picture. */
export const hostPicturesAtOnce = 4
export const hostPicturesWaitingMax = 1_000
/** Users whose last picture is remembered, two generations of them; forgotten early, it is looked whether they have one. */
export const hostPicturesKept = 50_000

// --- calls to addresses that people gave ---
/** One such call from its look-up to the end of its answer. */
export const outgoingWithinMs = 5_000
/** What is read of an answer. Beyond: cut off. */
export const outgoingAnswerBytesMax = 64 * 1024

// --- cluster: THE LOG OF ACTIVITY ---
/** One of so many new notifications lets its reader's be counted: so many more than are kept may be stored, about. */
export const notificationsTrimmedOneIn = 32
/** Partitions of one minute's activity. Fixed. */
export const activityParts = 4
/** How old activity is when it is first looked at: by then it and what it tells of have landed, as a rule … */
export const activityLandsMs = 400
/** … and when it is once more, whatever clocks and slow writes did: twice as long as a write may take, and a second. */
export const activityAgainMs = 5_000
/** … and how often that second look is taken: nobody waits for it, and each asks the store for nothing as a rule. */
export const activityAgainEveryMs = 1_000
/** So much of the log is read at once … */
export const activityStepMs = 10_000
/** … how far behind the stored place may be while nothing happens … */
export const activitySavedEveryMs = 10_000
/** … and how far back an installation begins that has no place yet. */
export const activityFirstMs = 3600_000

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

// --- search ---
/** What messages are searched by, in UTF-16 units, and how many different words of it: each is a look into the index. Beyond: 422. */
export const searchLengthMax = 200
export const searchWordsMax = 16
/** Different words of one message that it is found by; a text of 10 KB has some 700. The words after these find nothing. */
export const wordsPerMessageMax = 2_000
/** A word is told from others by its beginning, in UTF-16 units. Fixed: changing it loses what is indexed. */
export const wordLengthMax = 64

// --- the page for operators ---
/** Newest entries of the hot log that its authors are counted in. */
export const hotEntriesShown = 2_000
/** … and how many of them are named. */
export const hotAuthorsShown = 20
/** Another process is asked for its metrics for no longer, and they are some 100 KB. */
export const otherMetricsMs = 2_000
export const metricsBytesMax = 4 * 1024 * 1024

// --- cluster ---
/** Partitions of the shortest stretch of the index's time, by word: a batch of messages is as many writes. Fixed. */
export const searchShards = 16
/** Rows of one of them from which its node is split; with what comes until all know it, far below 100,000. */
export const searchSplitRows = 40_000
/** A process counts a partition after so many rows that it wrote there: sixteen processes overshoot by 80,000 at the very most. */
export const searchCountEveryRows = 5_000
/** How long a process may not know of another one's split, and parents of split nodes that it knows, 1 KB each. */
export const searchSplitsKnownMs = 2_000
export const searchSplitsKnown = 1_024
/** How long messages gather for one write of their words; only their jobs' end waits for it, which nobody sees. */
export const searchGatherMs = 50
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
