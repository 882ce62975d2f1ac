import type { Bus } from '../ports/bus.ts'
import type { Engine } from '../ports/engine.ts'
import type { Outcome, Queue } from '../ports/queue.ts'
import { type Life, remote, type Surroundings } from './life.ts'

/** What of an engine lies beyond the process: everything but the copy of the hot log, which answers from within. */
export function throughWires(life: Life, engine: Engine, around: Surroundings): Engine {
  const { cursorKey, pushKey, node, largestId, failed } = engine
  return {
    messages: remote(life, 'messages', engine.messages),
    outboxRows: remote(life, 'outboxRows', engine.outboxRows),
    queue: queueThroughWires(life, engine.queue, around),
    graph: remote(life, 'graph', engine.graph),
    blocks: remote(life, 'blocks', engine.blocks),
    inbox: remote(life, 'inbox', engine.inbox),
    hotLog: remote(life, 'hotLog', engine.hotLog, { local: ['head', 'after', 'page', 'reach'] }),
    bus: busThroughWires(life, engine.bus, around),
    users: remote(life, 'users', engine.users),
    withdrawn: remote(life, 'withdrawn', engine.withdrawn),
    hostUsers: remote(life, 'hostUsers', engine.hostUsers),
    // Nobody is limited there.
    sharedRates: undefined,
    // Counts are told as they are answered: an older answer must not come last.
    likes: remote(life, 'likes', engine.likes, { lane: { lastAnswerAt: 0 } }),
    boosts: remote(life, 'boosts', engine.boosts),
    replies: remote(life, 'replies', engine.replies),
    counts: remote(life, 'counts', engine.counts, { lane: { lastAnswerAt: 0 } }),
    search: remote(life, 'search', engine.search, { local: ['stats'] }),
    notifications: remote(life, 'notifications', engine.notifications),
    activity: remote(life, 'activity', engine.activity),
    push: remote(life, 'push', engine.push),
    idempotency: remote(life, 'idempotency', engine.idempotency),
    reports: remote(life, 'reports', engine.reports),
    invites: remote(life, 'invites', engine.invites),
    audit: remote(life, 'audit', engine.audit),
    media: remote(life, 'media', engine.media),
    // Who lives is the world's to know (RoadOptions).
    members: engine.members,
    retention: remote(life, 'retention', engine.retention, { local: ['bytes'] }),
    cursorKey,
    pushKey,
    node,
    largestId,
    failed,
    close: () => engine.close(),
  }
}

/** Events of one process stay in their order; those of several overtake each other, and some are lost. */
function busThroughWires(life: Life, bus: Bus, { scheduler, random, faults }: Surroundings): Bus {
  let last = 0
  return {
    publish(to, event) {
      // A lost or late word of a follow would let a live socket pass that author's hot messages: those who follow are
      // told before the follow is answered, whatever engine carries it.
      if (event.kind === 'graph') return bus.publish(to, event)
      if (
        faults().loseEvent > 0 &&
        event.kind !== 'likes' &&
        event.kind !== 'responses' &&
        random.happens(faults().loseEvent)
      )
        return
      last = Math.max(last, scheduler.now + random.exponential(faults().delayMs))
      scheduler.after(last - scheduler.now, () => {
        if (life.alive) bus.publish(to, event)
      })
    },
    subscribe(gateway, handle) {
      const leave = bus.subscribe(gateway, (event) => {
        if (life.alive) handle(event)
      })
      life.atEnd(leave)
      return leave
    },
  }
}

/** Jobs are handed out late, twice, and again although they are done; those of a process that ended, to another one. */
function queueThroughWires(life: Life, queue: Queue, { scheduler, random, faults, note }: Surroundings): Queue {
  return {
    put: (job, nextPage) => life.ask('queue.put', [job, nextPage], () => queue.put(job, nextPage)),
    depth: () => life.ask('queue.depth', [], () => queue.depth()),
    holds: (id) => queue.holds(id),
    work(lane, handle, signal) {
      const stop = new AbortController()
      life.atEnd(() => stop.abort())
      signal.addEventListener('abort', () => stop.abort(), { once: true })
      return queue.work(
        lane,
        (jobs) =>
          new Promise<Outcome[]>((resolve, reject) => {
            const again = jobs.map((): Outcome => 'failed')
            const leave = life.atEnd(() => resolve(again))
            scheduler.after(random.exponential(faults().delayMs), () => {
              if (!life.alive) return
              note(() => `${life.name} works ${lane} ${jobs.map((job) => job.id)}`)
              if (faults().impatient > 0 && random.happens(faults().impatient)) {
                scheduler.after(random.number() * 3_000, () => resolve(again))
              }
              handle(jobs).then((outcomes) => {
                leave()
                note(() => `${life.name} worked ${lane} ${jobs.map((job, i) => `${job.id} ${outcomes[i]}`)}`)
                const lost = faults().loseOutcome > 0 && random.happens(faults().loseOutcome)
                scheduler.after(random.exponential(faults().delayMs), () => resolve(lost ? again : outcomes))
              }, reject)
            })
          }),
        stop.signal,
      )
    },
  }
}
