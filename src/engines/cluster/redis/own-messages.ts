import type { MessageId, UserId } from '../../../core/ids.ts'
import { headsPerCallMax } from '../../../core/limits.ts'
import { readerShardOf } from '../reader-shards.ts'
import { doubles, ReaderTexts } from './keys.ts'
import type { Shards } from './shards.ts'

/** What is told in one turn of the event loop. */
interface Gathered {
  readonly readers: ReaderTexts
  readonly ids: MessageId[]
  readonly told: PromiseWithResolvers<void>
}

/**
 * Tells authors' inboxes the largest id of their own (`InboxHead.own`): whoever reads such an inbox need not look into the
 * author's outbox for what their fan-out has not brought yet. One call a shard carries all of a turn.
 */
export class OwnMessages {
  readonly #shards: Shards
  readonly #gathered = new Map<number, Gathered>()

  constructor(shards: Shards) {
    this.#shards = shards
  }

  /** Resolves once every read of the author's inbox tells of it, also of one made later. @throws Refusal `unavailable` */
  tell(author: UserId, id: MessageId): Promise<void> {
    const shard = readerShardOf(author)
    let gathered = this.#gathered.get(shard)
    if (gathered === undefined) {
      gathered = { readers: new ReaderTexts(), ids: [], told: Promise.withResolvers() }
      this.#gathered.set(shard, gathered)
      if (this.#gathered.size === 1) setImmediate(() => this.#sendAll())
    }
    gathered.readers.add(author)
    gathered.ids.push(id)
    if (gathered.ids.length === headsPerCallMax) this.#send(shard, gathered)
    return gathered.told.promise
  }

  #sendAll(): void {
    for (const [shard, gathered] of [...this.#gathered]) this.#send(shard, gathered)
  }

  #send(shard: number, { readers, ids, told }: Gathered): void {
    this.#gathered.delete(shard)
    this.#shards
      .under('write', shard, (link) => this.#shards.run(link, shard, 'own', [readers.bytes(), doubles(...ids)]))
      .then(() => told.resolve(), told.reject)
  }
}
