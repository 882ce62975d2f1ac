import { redisAnswerMs, redisLookEveryMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { readerShards } from '../reader-shards.ts'
import { type NodeAddress, nodeText } from '../settings.ts'
import { LinkLost, refused, ServerError } from './answers.ts'
import { discover, type Owners } from './discover.ts'
import { Link, type LinkNeeds } from './link.ts'

/** What a call is for: metrics tell them apart. */
export type CallKind = 'deliver' | 'heads' | 'read' | 'write' | 'presence' | 'dormant' | 'bodies' | 'share' | 'rates'

/** Redirections and repairs of one call; a cluster at rest needs one. */
const turnsMax = 4

export interface ServersNeeds extends Omit<LinkNeeds, 'changed'> {
  /** Told when calls to a shard fail, and when they reach it again. */
  readonly failed: (shard: number) => void
  readonly reached: (shard: number) => void
  readonly log: Log
  readonly observe: ((kind: CallKind, ms: number, failed: boolean) => void) | undefined
}

/**
 * The servers, and which of them owns each shard: one for all, or the nodes of a Redis Cluster. Follows MOVED and READONLY;
 * what a call still meets then is refused as `unavailable`, at once where the server is known to be away.
 *
 * ASK is not followed: a shard that moves from one server to another is out of reach until it has moved. What moves is of
 * another generation there, so nothing would be gained; and a delivery to the new server, while the old one still answers
 * reads, would be missing in them.
 */
export class Servers {
  readonly #needs: ServersNeeds
  readonly #linkNeeds: LinkNeeds
  readonly #links = new Map<string, Link>()
  readonly #owners: (Link | undefined)[] = new Array(readerShards)
  readonly #stop = new AbortController()
  #looking: Promise<void> | undefined
  #underWay = 0
  /** Told when anything changed. */
  changed: () => void = () => {}

  constructor(needs: ServersNeeds) {
    this.#needs = needs
    this.#linkNeeds = { ...needs, changed: (link) => this.#linkChanged(link) }
  }

  /** Resolves once every shard can be used, or, after `withinMs`, to whether any can. */
  async start(withinMs: number): Promise<boolean> {
    const until = performance.now() + withinMs
    void this.#run()
    for (;;) {
      await this.look()
      await Promise.all([...this.#links.values()].map((link) => (link.info ? undefined : within(link.tried()))))
      const usable = this.#owners.filter((link) => link?.usable).length
      if (usable === readerShards) return true
      if (performance.now() >= until) return usable > 0
      await this.#needs.clock.sleep(100, this.#stop.signal)
    }
  }

  /** The links to all servers that own something. */
  get links(): readonly Link[] {
    return [...this.#links.values()]
  }

  owner(shard: number): Link | undefined {
    return this.#owners[shard]
  }

  /**
   * Calls the owner of the shard; again after a redirection. Reads that work say nothing about writes, so `read` and
   * `bodies` do not end an outage. `all`: the shards that the call is to, where it is to several. @throws Refusal `unavailable`
   */
  async on<T>(
    kind: CallKind,
    shard: number,
    call: (link: Link) => Promise<T>,
    all: readonly number[] = [shard],
  ): Promise<T> {
    const began = performance.now()
    let failed = true
    this.#underWay++
    try {
      const result = await this.#follow(shard, call)
      if (kind !== 'read' && kind !== 'bodies') for (const one of all) this.#needs.reached(one)
      failed = false
      return result
    } catch (error) {
      const refusal = refused(error)
      if (refusal !== error) for (const one of all) this.#needs.failed(one)
      throw refusal
    } finally {
      this.#underWay--
      this.#needs.observe?.(kind, performance.now() - began, failed)
    }
  }

  /** Looks again who owns what; one look at a time, and who asks during one shares it. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Waits for calls under way, no longer than for an answer. */
  async close(): Promise<void> {
    this.#stop.abort()
    const until = performance.now() + redisAnswerMs
    while (this.#underWay > 0 && performance.now() < until) await this.#needs.clock.sleep(5)
    for (const link of this.#links.values()) link.close()
  }

  async #follow<T>(shard: number, call: (link: Link) => Promise<T>): Promise<T> {
    let link = this.#owners[shard]
    for (let turn = 1; ; turn++) {
      if (link === undefined || !link.usable) throw new LinkLost('the server is away', { cause: link?.problem })
      try {
        return await call(link)
      } catch (error) {
        if (!(error instanceof ServerError) || turn === turnsMax) throw error
        if (error.noFunctions) await link.load()
        else if (error.word === 'MOVED') link = await this.#moved(shard, link, error)
        else if (error.word === 'READONLY') {
          // It may be a replica now; what it holds is told before it is used again.
          await within(link.probe())
          await within(this.look())
          link = this.#owners[shard]
        } else throw error
      }
    }
  }

  /** The shard's owner after a MOVED: its history of the data is read anew before it is used. */
  async #moved(shard: number, from: Link, error: ServerError): Promise<Link | undefined> {
    const target = addressFrom(from, error)
    if (target === undefined) return undefined
    const known = this.#links.get(nodeText(target))
    const link = this.#link(target)
    if (known === undefined || known.info === undefined) await within(link.tried())
    else await within(link.probe())
    this.#owners[shard] = link
    void this.look()
    return link
  }

  #link(address: NodeAddress): Link {
    const name = nodeText(address)
    let link = this.#links.get(name)
    if (link === undefined) {
      link = new Link(address, this.#linkNeeds)
      this.#links.set(name, link)
    }
    return link
  }

  async #look(): Promise<void> {
    const owners = await discover([...this.#links.values()], this.#needs.settings)
    if (owners === undefined || this.#stop.signal.aborted) return
    this.#assign(owners)
  }

  #assign(owners: Owners): void {
    const owning = new Set<Link>()
    for (let shard = 0; shard < readerShards; shard++) {
      const address = owners[shard]
      const link = address && this.#link(address)
      this.#owners[shard] = link
      if (link === undefined) this.#needs.failed(shard)
      else owning.add(link)
    }
    for (const [name, link] of this.#links) {
      if (owning.has(link)) continue
      link.close()
      this.#links.delete(name)
    }
    this.changed()
  }

  #linkChanged(link: Link): void {
    for (let shard = 0; shard < readerShards; shard++) {
      if (this.#owners[shard] !== link) continue
      if (link.usable) this.#needs.reached(shard)
      else this.#needs.failed(shard)
    }
    if (this.#stop.signal.aborted) return
    const redis = nodeText(link.address)
    if (link.usable) this.#needs.log.info({ redis }, 'Redis can be used')
    else {
      this.#needs.log.warn({ redis, err: link.problem }, 'Redis is away')
      void this.look()
    }
    this.changed()
  }

  /** Asks every server again and again what it is, and the cluster who owns what. */
  async #run(): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      await this.#needs.clock.sleep(redisLookEveryMs, signal)
      if (signal.aborted) return
      await Promise.all([...this.#links.values()].map((link) => within(link.probe())))
      await this.look().catch(() => {})
    }
  }
}

function addressFrom(link: Link, error: ServerError): NodeAddress | undefined {
  const { target } = error
  return target && { host: target.host || link.address.host, port: target.port }
}

/** Waits for something that may fail or hang: no longer than for an answer. */
async function within(what: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, redisAnswerMs)
  })
  await Promise.race([what.catch(() => {}), enough])
  clearTimeout(timer)
}
