/** Every bound of the SDK, with its reason. */

/** Tries of one call in all. With the waits below they span about 15 s: a server that drains and starts again. */
export const triesMax = 7
/** The first wait before another try or connection is at most this; each later one up to twice as long. */
export const backOffFirstMs = 250
/** A wait of a call is never longer: somebody is waiting for the answer. */
export const callWaitMsMax = 5_000
/** A server that asks for more patience than this is told to the caller instead. */
export const retryAfterSecondsMax = 10
/** A call without an answer for this long is given up: the connection is dead, whatever it says. */
export const callMsMax = 30_000
/** An upload of 40 MiB through a slow telephone. */
export const uploadMsMax = 600_000
/** The longest wait between two connections of a stream, so that a server that comes back is found within this. */
export const reconnectMsMax = 30_000
/** A connection must be open and its hello answered by then. */
export const readyMsMax = 15_000
/** A socket that is silent for this long is asked whether it lives: a phone that slept does not hear of a lost connection. */
export const silenceMsMax = 45_000
/** The answer to that must come within this. */
export const probeMsMax = 10_000
/** Events that wait for the application. Beyond, the stream reads no more until they were taken. */
export const eventsWaitingMax = 1_000
/** How often a stream without a WebSocket asks for what is new. */
export const pollEveryMs = 5_000
/** The page by which a stream without a WebSocket catches up, and by which a stream begins anew: API.md's largest. */
export const pageLength = 100
/** Ids of messages that were handed over; more than arrive while one fan-out lags. 20 bytes each in the store. */
export const heldIdsMax = 5_000
/** Messages of the timeline held offline: days for most, and a second to read. */
export const cachedMessagesMax = 1_000
/** And their JSON, in UTF-16 units: messages of 10 KB must not fill a phone. */
export const cachedUnitsMax = 4_000_000
/** API.md: the ids one socket may watch. */
export const watchIdsMax = 200
/** Messages that wait in the outbox: more than anybody writes on a long flight. */
export const outboxMax = 200
/** What could not be sent is tried again after this, where nothing else gives cause to. */
export const outboxAgainMs = 30_000
/** An `Idempotency-Key` counts for 24 h; a message whose fate is unknown for longer is looked for before it is sent again. */
export const keyMsMax = 23 * 3_600_000
/** A store's file may grow by so much beyond twice what it holds before it is written anew. */
export const logBytesSpare = 1_000_000
