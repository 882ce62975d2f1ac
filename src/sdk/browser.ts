/** The door of the SDK in browsers: all of it but files. */

export { RookeryError } from './error.ts'
export type { Event } from './events.ts'
export type { CachedTimeline } from './home.ts'
export type { CallOptions } from './http.ts'
export { indexedDbStore } from './indexed-db-store.ts'
export type { SocketClass, SocketLike } from './live.ts'
export { fileStore } from './no-file-store.ts'
export type { Waiting } from './outbox.ts'
export { Rookery, type RookeryOptions, type StreamOptions } from './rookery.ts'
export { type Changes, memoryStore, type Store } from './store.ts'
export type * from './types.ts'
