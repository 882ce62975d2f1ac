import type { UserId } from '../../../core/ids.ts'
import { followsChangeMs, followsMarginMs, generationAgeMaxMs } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import { readerShardOf } from '../reader-shards.ts'
import { readerText } from './keys.ts'
import type { Outages } from './outages.ts'
import type { Shards } from './shards.ts'

/**
 * Processes keep whom a reader follows for as long as the reader's inbox tells the same version (`InboxHead.follows`, a
 * number of the inbox's epoch). A list is kept under the version that was told before the list's read of a quorum began, and
 * used where a later read of the inbox tells the same one. So what must hold is: *when a change has resolved, no list
 * without it is used any more.*
 *
 * - The version rises when a change begins and when it has ended. A list kept under the version of after the end was read
 *   after the change; any other is told another version.
 * - Between the two the inbox tells no version at all: lists are read anew each time, as they would be without any of this.
 *   So a message that is delivered because of the new edge is not met by a list kept from before the edge.
 * - A process that dies in between leaves the inbox telling none until `followsChangeMs` have passed. By then its writes
 *   have ended, and lists read from then on hold what it wrote.
 * - No inbox: nothing to tell. One made later has another epoch, and lists kept under it are read after that.
 * - An inbox that was lost, or rolled back by a failover, is of another epoch or of another generation, whose versions
 *   nobody is told.
 * - Redis cannot be told of the beginning: refused, before anything was written. Once it has been away for
 *   `shardGivenUpMs` the edge is written all the same; perhaps only this process is cut off, and others keep lists by
 *   versions that we cannot raise. So then the shard's generation is raised *after* the edge was written, and the change
 *   resolves once nobody goes by the older one, `generationAgeMaxMs` later: inboxes of the new one are made anew, under
 *   other epochs, and lists are read after that.
 * - Redis cannot be told of the end: tried once more when it answers again, or as before once it is given up; else refused:
 *   the change is not answered, and its repetition, which finds nothing to change, tells once more.
 *
 * A backfill raises the version too: pages that were made before it are not given again (`InboxHead.backfills`).
 *
 * What is left: a write that failed may land after all, later than any of this knows of. It was never answered; a list
 * without it is kept for `followsKeptMs` at most.
 */
export class EdgeChanges {
  readonly #needs: { shards: Shards; outages: Outages; clock: Clock }

  constructor(needs: { shards: Shards; outages: Outages; clock: Clock }) {
    this.#needs = needs
  }

  /**
   * Does `change`, which writes an edge of the reader; also where it turns out that nothing is to be changed, for the try
   * that did it may have told nobody. @throws Refusal `unavailable`
   */
  async around<T>(reader: UserId, change: () => Promise<T>): Promise<T> {
    await this.#begin(reader)
    const result = await change()
    await this.#end(reader)
    return result
  }

  async #begin(reader: UserId): Promise<void> {
    const { outages, clock } = this.#needs
    const now = clock.now()
    try {
      await this.#tell(reader, 'changing', [readerText(reader), String(now), String(now + followsChangeMs)])
    } catch (error) {
      if (!(error instanceof Refusal && outages.lasts(readerShardOf(reader)))) throw error
    }
  }

  async #end(reader: UserId): Promise<void> {
    const { outages, clock } = this.#needs
    try {
      await this.#tell(reader, 'changed', [readerText(reader)])
    } catch (error) {
      if (!(error instanceof Refusal && (await outages.giveUp(readerShardOf(reader))))) throw error
      await clock.sleep(generationAgeMaxMs + followsMarginMs)
    }
  }

  #tell(reader: UserId, name: 'changing' | 'changed', args: readonly string[]): Promise<unknown> {
    const { shards } = this.#needs
    const shard = readerShardOf(reader)
    return shards.under('write', shard, (link) => shards.run(link, shard, name, args))
  }
}
