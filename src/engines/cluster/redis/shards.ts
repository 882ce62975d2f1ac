import type { FunctionName, Library } from './functions.ts'
import type { Generation, GenerationWatch } from './generations.ts'
import type { ShardKeys } from './keys.ts'
import type { Link } from './link.ts'
import type { CallKind, Servers } from './servers.ts'

/** Calls to the shards of one installation: by our functions, and under the generation that their inboxes must have. */
export class Shards {
  readonly keys: readonly ShardKeys[]
  readonly #servers: Pick<Servers, 'on' | 'owner'>
  readonly #library: Library
  readonly #watch: GenerationWatch

  constructor(needs: {
    keys: readonly ShardKeys[]
    servers: Pick<Servers, 'on' | 'owner'>
    library: Library
    watch: GenerationWatch
  }) {
    this.keys = needs.keys
    this.#servers = needs.servers
    this.#library = needs.library
    this.#watch = needs.watch
  }

  /** @throws Refusal `unavailable` */
  on<T>(kind: CallKind, shard: number, call: (link: Link) => Promise<T>): Promise<T> {
    return this.#servers.on(kind, shard, call)
  }

  /**
   * What `call` gives, if the generation is still the same once it has answered: what was read is then as good as the
   * number it was read by. @throws Refusal `unavailable`
   */
  under<T>(kind: CallKind, shard: number, call: (link: Link, generation: Generation) => Promise<T>): Promise<T> {
    return this.#servers.on(kind, shard, async (link) => {
      const generation = this.#watch.of(shard, link.info)
      const result = await call(link, generation)
      this.#watch.check(shard, link.info, generation)
      return result
    })
  }

  /** The same of several shards in one call: they must be one of the lists that `together` gives. */
  underAll<T>(
    kind: CallKind,
    shards: readonly number[],
    call: (link: Link, generations: readonly Generation[]) => Promise<T>,
  ): Promise<T> {
    const checked = async (link: Link) => {
      const generations = shards.map((shard) => this.#watch.of(shard, link.info))
      const result = await call(link, generations)
      for (let i = 0; i < shards.length; i++) this.#watch.check(shards[i]!, link.info, generations[i]!)
      return result
    }
    return this.#servers.on(kind, shards[0]!, checked, shards)
  }

  /** The shards in lists that one call may carry: all where there is one server; each alone in a Redis Cluster. */
  together(shards: readonly number[]): number[][] {
    if (shards.every((shard) => this.#servers.owner(shard)?.info?.cluster === false)) return [[...shards]]
    return shards.map((shard) => [shard])
  }

  /** Calls the function that tells the heads of several shards. */
  runHeads(link: Link, shards: readonly number[], args: readonly (string | Uint8Array)[]): Promise<unknown> {
    const inboxes = shards.map((shard) => this.keys[shard]!.inboxes)
    return link.send('FCALL', [this.#library.name('heads'), String(shards.length), ...inboxes, ...args])
  }

  /** Calls one of our functions. */
  run(
    link: Link,
    shard: number,
    name: Exclude<FunctionName, 'heads' | 'lease' | 'fill' | 'settle'>,
    args: readonly (string | Uint8Array)[],
  ): Promise<unknown> {
    const { inboxes, presences, presenceSince } = this.keys[shard]!
    return link.send('FCALL', [this.#library.name(name), '3', inboxes, presences, presenceSince, ...args])
  }

  /** Calls the function of allowances. */
  runOnRates(link: Link, shard: number, args: readonly string[]): Promise<unknown> {
    return link.send('FCALL', [this.#library.name('settle'), '1', this.keys[shard]!.rates, ...args])
  }

  /** Calls one of the functions of shared bodies. */
  runOnBodies(link: Link, shard: number, name: 'lease' | 'fill', args: readonly string[]): Promise<unknown> {
    return link.send('FCALL', [this.#library.name(name), '1', this.keys[shard]!.bodies, ...args])
  }
}
