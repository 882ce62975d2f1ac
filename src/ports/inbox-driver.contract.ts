import type { Id, MessageId, UserId } from '../core/ids.ts'
import { buildWithinMs } from '../core/limits.ts'
import type { Delivered, InboxHead } from './inbox.ts'
import { makeUser, type Opened, readerNumbers } from './support.contract.ts'

export type InboxPorts = 'inbox' | 'graph' | 'users'

let lastEpoch = 0

/** Another number each time. */
export function takeEpoch(): number {
  lastEpoch += 1
  return lastEpoch * 1_000_003 + 2 ** 40
}

/** What the tests of inboxes do again and again. */
export class InboxDriver {
  readonly #opened: Opened<InboxPorts>

  constructor(opened: Opened<InboxPorts>) {
    this.#opened = opened
  }

  readonly reader = (): Promise<UserId> => makeUser(this.#opened.engine.users)

  /** Begins to build an inbox; resolves to its epoch and its builder's token. */
  readonly begin = async (reader: UserId) => {
    const [epoch, builder, now] = [takeEpoch(), takeEpoch(), this.#opened.now()]
    const found = await this.#opened.engine.inbox.create(reader, epoch, builder, now, now + buildWithinMs)
    return { epoch, builder, found }
  }

  /** Makes an inbox ready with `beneath`, largest first. */
  readonly make = async (reader: UserId, beneath: readonly MessageId[] = [], floor: Id = 0): Promise<void> => {
    const { epoch, builder, found } = await this.begin(reader)
    const completed = await this.#opened.engine.inbox.complete(reader, epoch, builder, beneath, floor)
    if (found !== 'created' || !completed) throw new Error(`the inbox was ${found}, completed: ${completed}`)
  }

  /** A new reader with an inbox that is ready. */
  readonly ready = async (beneath: readonly MessageId[] = [], floor: Id = 0): Promise<UserId> => {
    const reader = await this.reader()
    await this.make(reader, beneath, floor)
    return reader
  }

  /** Each id to all readers, in one call. */
  readonly deliver = async (ids: readonly MessageId[], to: UserId[]): Promise<Delivered[]> => {
    const { graph, inbox } = this.#opened.engine
    const readers = await readerNumbers(graph, to)
    return inbox.deliver(ids.map((id) => ({ id, readers })))
  }

  /** The head of an inbox that is there. */
  readonly head = async (reader: UserId): Promise<InboxHead> => {
    const head = await this.#opened.engine.inbox.head(reader)
    if (!head) throw new Error(`no inbox of ${reader}`)
    return head
  }
}
