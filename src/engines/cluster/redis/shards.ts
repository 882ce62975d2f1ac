import type { FunctionName, Library } from './functions.ts'
import type { Generation, GenerationWatch } from './generations.ts'
import type { ShardKeys } from './keys.ts'
import type { Link } from './link.ts'
import type { CallKind, Servers } from './servers.ts'

/** Calls to the shards of one installation: by our functions, and under the generation that their inboxes must have. */
export class Shards {
  readonly keys: readonly ShardKeys[]
  readonly #servers: Pick<Servers, 'on'>
  readonly #library: Library
  readonly #watch: GenerationWatch

  constructor(needs: {
    keys: readonly ShardKeys[]
    servers: Pick<Servers, 'on'>
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

  /** Calls one of our functions. */
  run(
    link: Link,
    shard: number,
    name: Exclude<FunctionName, 'lease' | 'fill'>,
    args: readonly (string | Uint8Array)[],
  ): Promise<unknown> {
    const { inboxes, presences, presenceSince } = this.keys[shard]!
    return link.send('FCALL', [this.#library.name(name), '3', inboxes, presences, presenceSince, ...args])
  }

  /** Calls one of the functions of shared bodies. */
  runOnBodies(link: Link, shard: number, name: 'lease' | 'fill', args: readonly string[]): Promise<unknown> {
    return link.send('FCALL', [this.#library.name(name), '1', this.keys[shard]!.bodies, ...args])
  }
}
