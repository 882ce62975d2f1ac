/** Limits of signed tokens, of rates that processes share, and of overload: with units and reasons as in limits.ts. */

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
/** How soon the server asks itself again how long that is: 1 % of one core at most … */
export const queueAskedEveryMs = 50
/** … and how long it waits for its own answer. */
export const queueAskedMs = 5_000
/** How long the quickest publish of a window may take before further ones are refused, and how long a window is … */
export const publishesSlowMs = 200
export const publishesSlowWindowMs = 100
/** … where at least so many are in work: fewer are no queue. */
export const publishesTogetherMin = 64
