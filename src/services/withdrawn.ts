import { coalesce } from '../core/coalesce.ts'
import type { UserId } from '../core/ids.ts'
import { withdrawnLookMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Bus, BusEvent } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Withdrawal, WithdrawnStore, WithdrawnWhy } from '../ports/withdrawn.ts'

/**
 * Who is hidden from everybody, held whole in every process: their messages count as gone wherever bodies are read, and
 * they themselves wherever users are, while all their rows are still there. Whoever readmits them undoes nothing else.
 */
export interface Withdrawn {
  /** One look in memory. */
  has(user: UserId): boolean
  /** One for each reason; none for most. */
  of(user: UserId): readonly Withdrawal[]
  /** All who are withdrawn for this reason. */
  all(why: WithdrawnWhy): Withdrawal[]
  /** Durable, and true here when it resolves, to since when (Unix ms); every other process is told. */
  withdraw(user: UserId, why: WithdrawnWhy): Promise<number>
  readmit(user: UserId, why: WithdrawnWhy): Promise<void>
  /** To be awaited before anything is served. */
  load(): Promise<void>
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
  /** Looks for what others have changed unheard, again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  /** `handle` is told of each user who is withdrawn or readmitted from now on. */
  onChange(handle: (user: UserId, withdrawn: boolean) => void): void
}

export function createWithdrawn({
  store,
  bus,
  clock,
  log,
}: {
  store: WithdrawnStore
  bus: Pick<Bus, 'publish'>
  clock: Clock
  /** Told of what is no refusal: a bug. */
  log: (problem: string, error: unknown) => void
}): Withdrawn {
  let held = new Map<UserId, readonly Withdrawal[]>()
  let version = Number.NaN
  const handlers: ((user: UserId, withdrawn: boolean) => void)[] = []

  function take(all: readonly Withdrawal[]): void {
    const before = held
    held = Map.groupBy(all, ({ user }) => user)
    for (const user of held.keys()) if (!before.has(user)) tell(user, true)
    for (const user of before.keys()) if (!held.has(user)) tell(user, false)
  }

  function tell(user: UserId, withdrawn: boolean): void {
    for (const handle of handlers) handle(user, withdrawn)
  }

  /** Reads all of them where something has changed since they were read. */
  const look = coalesce(async () => {
    const now = await store.version()
    if (now === version) return
    take(await store.all())
    version = now
  })

  function lookSoon(): void {
    look().catch((error: unknown) => {
      if (!(error instanceof Refusal)) log('who is withdrawn could not be read', error)
    })
  }

  async function change(user: UserId, write: () => Promise<void>): Promise<void> {
    await write()
    await look()
    bus.publish('all', { kind: 'withdrawn', user })
  }

  return {
    has: (user) => held.has(user),
    of: (user) => held.get(user) ?? [],
    all: (why) => [...held.values()].flat().filter((one) => one.why === why),
    async withdraw(user, why) {
      const at = clock.now()
      await change(user, () => store.withdraw({ user, why, at }))
      // Somebody else may have readmitted them by now.
      return held.get(user)?.find((one) => one.why === why)?.at ?? at
    },
    readmit: (user, why) => change(user, () => store.readmit(user, why)),
    load: look,
    hear(event) {
      if (event.kind === 'withdrawn') lookSoon()
    },
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(withdrawnLookMs, signal)
        if (!signal.aborted) lookSoon()
      }
    },
    onChange: (handle) => void handlers.push(handle),
  }
}
