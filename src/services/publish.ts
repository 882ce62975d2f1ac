import type { UserId } from '../core/ids.ts'
import type { MessageRecord } from '../ports/messages.ts'

/**
 * Publishes a message: resolves once it is durable. With `key` (an Idempotency-Key) a repeat resolves to the first
 * success's message as it is now. Throws `text_empty`, `text_too_long`, `overloaded`, `rate_limited` (too many of one
 * author under way), `disk_full`, `unavailable`, `no_such_message` (the first success's message was deleted since).
 */
export type Publish = (author: UserId, text: string, key?: string) => Promise<MessageRecord>
