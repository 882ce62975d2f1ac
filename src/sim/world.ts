import { decodeCursor } from '../core/cursor.ts'
import type { MessageId, UserId } from '../core/ids.ts'
import {
  createMemoryEngine,
  createMemoryTruth,
  createMemoryVolatile,
  type MemoryOptions,
  type MemoryTruth,
  type MemoryVolatile,
} from '../engines/memory/index.ts'
import type { Engine } from '../ports/engine.ts'
import { calm, drawFaults, type Faults } from './faults.ts'
import { type RunningGateway, startGateway } from './gateway.ts'
import { History, type Violation } from './history.ts'
import { Life, type Surroundings } from './life.ts'
import type { Ground, Mistake, Planted } from './mistakes.ts'
import { Random } from './random.ts'
import { Scheduler, SimulatedClock } from './scheduler.ts'
import type { Gateway, Town } from './town.ts'

/** The sizes of one run: small ones, so that few messages reach every limit. */
export interface Sizes {
  readonly users: number
  readonly authors: number
  readonly gateways: number
  /** How long the clients are busy. */
  readonly busyMs: number
  readonly writeEveryMs: number
  readonly hotFollowers: number
  readonly dormantAfterMs: number
  readonly engine: Pick<MemoryOptions, 'inboxIds' | 'fanoutPage' | 'queueJobs' | 'recentIds'>
}

function drawSizes(random: Random): Sizes {
  const users = random.between(3, 7)
  return {
    users,
    authors: random.between(1, 3),
    gateways: random.pick([1, 1, 1, 2, 2, 3]),
    // Long runs are for what takes more than `settleMs`; most of the rest shows in short ones.
    busyMs: random.happens(0.25) ? random.between(18_000, 35_000) : random.between(6_000, 12_000),
    writeEveryMs: random.pick([500, 1_000, 2_000]),
    hotFollowers: random.pick([1, 2, Math.ceil(users / 2), 1_000]),
    dormantAfterMs: random.pick([10_000, Number.POSITIVE_INFINITY]),
    engine: {
      inboxIds: { min: random.pick([4, 10, 400]) },
      fanoutPage: random.pick([1, 2, 1_000]),
      queueJobs: random.pick([4, 1_000]),
      recentIds: random.pick([6, 1_000]),
    },
  }
}

/** How far a simulated clock may be from true time: together with the slowest call still within `settleMs`. */
const clockErrorMaxMs = 1_000
const violationsMax = 20
const traceLinesMax = 50_000

/** One machine that a process runs on; it outlives the process. */
class Host implements Gateway {
  process: RunningGateway | undefined
  clock: SimulatedClock | undefined
  clockError = 0
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Everything one seed makes: the truth, the processes on it, what goes wrong, and what clients saw. */
export class World {
  readonly random: Random
  readonly scheduler: Scheduler
  readonly sizes: Sizes
  readonly history = new History()
  readonly truth: MemoryTruth
  readonly volatile: MemoryVolatile
  readonly users: UserId[] = []
  readonly authors: UserId[]
  readonly hosts: Host[] = []
  readonly violations: Violation[] = []
  readonly trace: string[] = []
  readonly town: Town
  readonly start: number
  busy = true
  settledAt = Number.POSITIVE_INFINITY
  #heldUpUntil = 0
  #faults: Faults
  #nodes = 0
  readonly #tracing: boolean
  readonly #plant: ((ground: Ground) => Planted) | undefined
  readonly #around: Surroundings
  readonly #doneAt = new Map<MessageId, number>()

  constructor(seed: number, { mistake, trace = false }: { mistake?: Mistake | undefined; trace?: boolean } = {}) {
    this.random = new Random(seed)
    this.#plant = mistake?.plant()
    this.#tracing = trace
    this.start = Date.UTC(2026, 0, 1)
    this.scheduler = new Scheduler(this.start)
    this.sizes = drawSizes(this.random.fork())
    this.#faults = drawFaults(this.random.fork())
    this.truth = createMemoryTruth(this.random.fork())
    const storeClock = new SimulatedClock(this.scheduler, () => true)
    this.volatile = createMemoryVolatile(this.truth, { ...this.sizes.engine, clock: storeClock })
    const note = (line: () => string) => this.note(line)
    this.#around = {
      scheduler: this.scheduler,
      random: this.random.fork(),
      faults: () => this.#faults,
      tracing: trace,
      note,
      holdUp: (ms) => {
        if (this.busy) this.#heldUpUntil = Math.max(this.#heldUpUntil, this.scheduler.now + ms)
      },
    }
    for (let i = 1; i <= this.sizes.users; i++) this.users.push(1_000 + i)
    this.authors = this.users.slice(0, this.sizes.authors)
    for (let i = 0; i < this.sizes.gateways; i++) this.hosts.push(new Host(`gateway ${i}`))
    this.town = {
      history: this.history,
      scheduler: this.scheduler,
      random: this.random.fork(),
      gateways: this.hosts,
      users: this.users,
      authors: this.authors,
      clockErrorMs: this.#faults.stepClockEveryMs === Number.POSITIVE_INFINITY ? 1 : 2 * clockErrorMaxMs,
      busy: () => this.busy,
      settledAt: () => this.settledAt,
      unbroken: (reader, from, to) => this.#unbroken(reader, from, to),
      dropped: (reader, id) => this.volatile.inbox.dropped(reader) >= id,
      visibleFrom: (id) => this.#visibleFrom(id),
      report: (promise, detail) => this.report(promise, detail),
      note,
    }
    note(() => `sizes ${JSON.stringify(this.sizes)}`)
    note(() => `faults ${JSON.stringify(this.#faults)}`)
    for (const host of this.hosts) this.startProcess(host)
  }

  note(line: () => string): void {
    if (this.#tracing && this.trace.length < traceLinesMax) this.trace.push(`${this.#elapsed()} ${line()}`)
  }

  report(promise: string, detail: string): void {
    this.note(() => `BROKEN ${promise}: ${detail}`)
    if (this.violations.length < violationsMax) this.violations.push({ promise, detail, atMs: this.#elapsed() })
  }

  #elapsed(): number {
    return Math.round(this.scheduler.now - this.start)
  }

  get faults(): Faults {
    return this.#faults
  }

  /** Whether all that began while calls were slow and clients stopped reading has ended. */
  get calm(): boolean {
    return this.scheduler.now >= this.#heldUpUntil
  }

  /** From now on nothing fails any more; calls under way are as slow as they are. */
  heal(): void {
    this.note(() => 'healed')
    this.#faults = calm()
    for (const host of this.hosts) if (!host.process?.life.alive) this.startProcess(host)
  }

  /** An engine that answers at once: for what happened before the run, and for the checks after it. */
  directEngine(node = 0): Engine {
    const { truth, volatile } = this
    const clock = new SimulatedClock(this.scheduler, () => true)
    return createMemoryEngine({ ...this.sizes.engine, truth, volatile, clock, chance: this.#around.random, node })
  }

  startProcess(host: Host): void {
    const life = new Life(`${host.name}.${this.#nodes}`, this.#around)
    const clock = new SimulatedClock(this.scheduler, () => life.alive)
    clock.error = host.clockError
    host.clock = clock
    this.note(() => `${life.name} starts`)
    host.process = startGateway({
      name: host.name,
      life,
      engine: this.#observed(this.directEngine(this.#nodes++ % 64)),
      clock,
      alone: this.hosts.length === 1,
      around: this.#around,
      hotFollowers: this.sizes.hotFollowers,
      dormantAfterMs: this.sizes.dormantAfterMs,
      lowestInFlight: () => this.#lowestInFlight(),
      plant: this.#plant,
      bug: (what, error) => this.report('no bug shows', `${what}: ${error instanceof Error ? error.stack : error}`),
    })
    life.atEnd(() => {
      host.process = undefined
    })
  }

  crash(host: Host): void {
    if (host.process === undefined) return
    this.note(() => `${host.process?.life.name} crashes`)
    host.process.life.end()
    this.volatile.inbox.losePresence(host.name)
  }

  /** Sets a clock back, or forward, by up to a second from the truth. */
  stepClock(host: Host): void {
    host.clockError = Math.round((this.random.number() * 2 - 1) * clockErrorMaxMs)
    if (host.clock !== undefined) host.clock.error = host.clockError
    this.note(() => `clock of ${host.name} is off by ${host.clockError} ms`)
  }

  #lowestInFlight(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const { process } of this.hosts) lowest = Math.min(lowest, process?.ids.lowestInFlight() ?? lowest)
    return lowest
  }

  /** Promises about the truth itself are checked with every step that could break them. */
  #observed(engine: Engine): Engine {
    const { truth } = this
    return {
      ...engine,
      messages: {
        ...engine.messages,
        store: async (message) => {
          const there = truth.messages.has(message.id)
          await engine.messages.store(message)
          if (!there && message.id < truth.watermark && truth.messages.has(message.id)) {
            this.report('nothing appears below the watermark', `${message.id} was stored below ${truth.watermark}`)
          }
        },
      },
      outboxRows: {
        ...engine.outboxRows,
        done: async (ids) => {
          await engine.outboxRows.done(ids)
          for (const id of ids) if (!this.#doneAt.has(id)) this.#doneAt.set(id, this.scheduler.now)
        },
        dead: async (id, why) => {
          await engine.outboxRows.dead(id, why)
          this.report('no job dies of faults', `${id}: ${why}`)
        },
        setWatermark: async (id) => {
          const lowest = truth.undone[0]
          if (lowest !== undefined && lowest < id) {
            this.report('the watermark passes no undone row', `it went to ${id} with ${lowest} undone`)
          }
          await engine.outboxRows.setWatermark(id)
        },
      },
    }
  }

  /** Whether one inbox held all between the two cursors, and still does. */
  #unbroken(reader: UserId, from: string, to: string): boolean {
    const read = (text: string) => decodeCursor(this.truth.cursorKey, text, reader, this.scheduler.now)
    const [before, after] = [read(from), read(to)]
    if (before.upTo !== undefined || after.upTo !== undefined || before.epoch !== after.epoch) return false
    // A gateway that hears of a follow goes back in the hot log, and passes over what this connection was given.
    if (after.hotPosition < before.hotPosition) return false
    const head = this.volatile.inbox.peek(reader)
    return head !== undefined && head.epoch === after.epoch && before.position >= head.oldest - 1
  }

  #visibleFrom(id: MessageId): number {
    const done = this.#doneAt.get(id) ?? Number.POSITIVE_INFINITY
    return this.truth.rows.get(id)?.job.mode === 'pushed' ? done : done + hotCopyMs
  }
}

/** A process whose copy of the hot log is told nothing catches up within this, slow calls included. */
const hotCopyMs = 30_000
