import type { Engine } from '../../ports/engine.ts'

/**
 * The same engine for a process that can be killed: once `died` has aborted, calls have no effect, and no call is answered,
 * also none that was under way. So its code stands still wherever it was.
 */
export function mortal(engine: Engine, died: AbortSignal): Engine {
  const gate = <T extends object>(port: T): T => gated(port, died)
  return {
    messages: gate(engine.messages),
    outboxRows: gate(engine.outboxRows),
    queue: gate(engine.queue),
    graph: gate(engine.graph),
    blocks: gate(engine.blocks),
    inbox: gate(engine.inbox),
    hotLog: gate(engine.hotLog),
    bus: {
      publish: (to, event) => {
        if (!died.aborted) engine.bus.publish(to, event)
      },
      subscribe: (gateway, handle) => {
        const leave = engine.bus.subscribe(gateway, (event) => {
          if (!died.aborted) handle(event)
        })
        died.addEventListener('abort', leave, { once: true })
        return leave
      },
    },
    users: gate(engine.users),
    withdrawn: gate(engine.withdrawn),
    hostUsers: gate(engine.hostUsers),
    sharedRates: engine.sharedRates && gate(engine.sharedRates),
    likes: gate(engine.likes),
    boosts: gate(engine.boosts),
    replies: gate(engine.replies),
    counts: gate(engine.counts),
    search: gate(engine.search),
    notifications: gate(engine.notifications),
    activity: gate(engine.activity),
    push: gate(engine.push),
    idempotency: gate(engine.idempotency),
    reports: gate(engine.reports),
    invites: gate(engine.invites),
    audit: gate(engine.audit),
    media: gate(engine.media),
    members: gate(engine.members),
    retention: gate(engine.retention),
    cursorKey: engine.cursorKey,
    pushKey: engine.pushKey,
    node: engine.node,
    largestId: engine.largestId,
    failed: engine.failed,
    close: () => engine.close(),
  }
}

const never = () => new Promise<never>(() => {})

/** Only calls that answer with a promise are gated: the others change nothing, and a dead process asks nobody. */
function gated<T extends object>(port: T, died: AbortSignal): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (died.aborted && !synchronous.has(name)) return never()
        const result: unknown = value.apply(target, args)
        if (!(result instanceof Promise)) return result
        return new Promise((resolve, reject) => {
          result.then(
            (answer) => died.aborted || resolve(answer),
            (reason) => died.aborted || reject(reason),
          )
        })
      }
    },
  })
}

/** The calls of ports that answer at once (`Queue`, `HotLog`, `Members`). */
const synchronous: ReadonlySet<string | symbol> = new Set([
  'holds',
  'head',
  'after',
  'page',
  'reach',
  'leaseEnd',
  'announce',
  'lowestInFlight',
])
