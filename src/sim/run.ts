import type { UserId } from '../core/ids.ts'
import { linkOf } from '../core/message.ts'
import { checkEnd } from './check.ts'
import type { Violation } from './history.ts'
import type { Mistake } from './mistakes.ts'
import { browse, listen, manners, poll } from './readers.ts'
import { Stream } from './stream.ts'
import { World } from './world.ts'
import { write } from './writers.ts'

export interface RunOptions {
  readonly mistake?: Mistake | undefined
  /** Keeps a line for everything that happens. */
  readonly trace?: boolean
}

export interface RunResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly trace: readonly string[]
  /** Simulated events, messages acknowledged, arrivals at clients: the size of the run, and its fingerprint. */
  readonly events: number
  readonly messages: number
  readonly arrivals: number
  readonly simulatedMs: number
}

/** Faults have healed and writes stopped: within this everything must have been delivered. */
const settleWithinMs = 8 * 60_000

/** One run of the whole system, as the seed has it: the same seed gives the same run, bit for bit. */
export function runSeed(seed: number, options: RunOptions = {}): RunResult {
  const world = new World(seed, options)
  const { scheduler, town, users, sizes, random, truth } = world
  const streams: Stream[] = []
  let writing = 0
  let checking = true

  before(world)
  for (const user of users) {
    start(write(town, user, sizes.writeEveryMs))
    if (random.happens(0.7)) read('since', user, (stream) => poll(town, user, random.pick(manners), stream))
    if (random.happens(0.7)) read('socket', user, (stream) => listen(town, user, random.pick([3_000, 30_000]), stream))
    if (random.happens(0.4)) void browse(town, user, 5_000).catch(bug)
  }
  goWrong(world)

  function start(work: Promise<void>): void {
    writing++
    work.catch(bug).finally(() => writing--)
  }

  function read(name: string, user: UserId, client: (stream: Stream) => Promise<void>): void {
    const stream = new Stream(user, name, town)
    streams.push(stream)
    void client(stream).catch(bug)
  }

  function bug(error: unknown): void {
    town.report('the simulation itself is right', error instanceof Error ? String(error.stack) : String(error))
  }

  scheduler.run(world.start + sizes.busyMs)
  world.busy = false
  world.heal()
  const settled = () => writing === 0 && truth.undone.length === 0 && orphans() === 0 && world.calm
  advance(settled, settleWithinMs)
  if (!settled()) {
    const undone = `${writing} writers are still at work, undone: [${truth.undone.slice(0, 5)}], ${orphans()} boosts of nothing, calm: ${world.calm}`
    town.report('every outbox row is done in the end', undone)
  }
  world.settledAt = scheduler.now
  world.note(() => 'settled')
  const landed = () => world.hosts.every(({ process }) => process?.ids.lowestInFlight() === Number.POSITIVE_INFINITY)
  advance(() => streams.every((stream) => stream.caughtUp) && landed(), 120_000)
  for (const stream of streams) {
    if (stream.started && !stream.caughtUp) {
      town.report('every client catches up', `${stream.name} of ${stream.reader} did not`)
    }
    stream.finish()
  }
  checkEnd(world)
    .catch(bug)
    .finally(() => {
      checking = false
    })
  advance(() => !checking, 600_000)
  if (checking) town.report('every client catches up', 'the pages of the end were never answered')

  /** Boosts of what is deleted. */
  function orphans(): number {
    const boosts = [...truth.messages.values()].map(({ body }) => linkOf(body)).filter((link) => link?.kind === 'boost')
    return boosts.filter((link) => !truth.messages.has(link!.message)).length
  }

  function advance(until: () => boolean, atMostMs: number): void {
    const end = scheduler.now + atMostMs
    while (!until() && scheduler.now < end) scheduler.run(scheduler.now + 1_000)
  }

  return {
    seed,
    violations: world.violations,
    trace: world.trace,
    events: scheduler.happened,
    messages: world.history.published.size,
    arrivals: streams.reduce((sum, stream) => sum + stream.arrivedCount, 0),
    simulatedMs: scheduler.now - world.start,
  }
}

/** What there is before the run: users, and edges to the authors. */
function before(world: World): void {
  const { truth, users, authors, random, history, start } = world
  const { graph, users: accounts } = world.directEngine()
  for (const id of users) {
    void accounts.create({ id, handle: `u${id}`, name: '', bio: '', role: 'user' }, undefined)
    for (const author of authors) {
      if (author === id || !random.happens(0.75)) continue
      void graph.follow(id, author, truth.largestId, false)
      history.follows(id, author).push({ on: true, begun: start - 2, acked: start - 1 })
    }
  }
}

/** Crashes, losses and wrong clocks, each in its own time, until the clients stop. */
function goWrong(world: World): void {
  const { scheduler, random, hosts, users, volatile, faults } = world
  const now_and_then = async (everyMs: number, happen: () => void) => {
    if (everyMs === Number.POSITIVE_INFINITY) return
    for (;;) {
      await scheduler.sleep(random.exponential(everyMs))
      if (!world.busy) return
      happen()
    }
  }
  void now_and_then(faults.crashEveryMs, () => {
    const host = random.pick(hosts)
    world.crash(host)
    scheduler.after(random.exponential(1_500), () => {
      if (host.process === undefined) world.startProcess(host)
    })
  })
  void now_and_then(faults.loseInboxesEveryMs, () => {
    const reader = random.pick(users)
    const how = random.between(0, 2)
    world.note(() => `inboxes lost: ${['all', `the one of ${reader}`, `newest appends of ${reader}`][how]}`)
    if (how === 0) volatile.inbox.lose()
    else if (how === 1) void volatile.inbox.forget(reader)
    else volatile.inbox.loseNewestAppends(reader, random.between(1, 4))
  })
  void now_and_then(faults.loseQueueEveryMs, () => {
    world.note(() => 'queue lost')
    volatile.queue.lose()
  })
  void now_and_then(faults.stepClockEveryMs, () => world.stepClock(random.pick(hosts)))
}
