import type { Id, UserId } from '../core/ids.ts'
import { notificationsToldAtOnce } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Notifications } from '../services/notifications.ts'
import { notificationFrame } from './frames.ts'
import type { Socket } from './socket.ts'
import type { Sockets } from './sockets.ts'

/** Gives notifications to the open sockets of their readers: at most once, since `GET /notifications` has them all. */
export interface Notified {
  /** Of number i: `to[2i]` = its reader, `to[2i+1]` = its id. */
  heard(to: readonly number[]): void
}

export function createNotified({
  sockets,
  notifications,
  log,
}: {
  sockets: Sockets
  notifications: Pick<Notifications, 'one'>
  log: Log
}): Notified {
  let underWay = 0

  /** Those after their `ready` that can take more; one that lags misses it. */
  function* ready(reader: UserId): Iterable<Socket> {
    for (let socket = sockets.of(reader); socket !== undefined; socket = socket.sibling) {
      if ((socket.state === 'live' || socket.state === 'refilling') && !socket.full) yield socket
    }
  }

  async function give(reader: UserId, id: Id): Promise<void> {
    const frames = new Map<number, string | undefined>()
    for (const { preview } of ready(reader)) frames.set(preview, undefined)
    for (const preview of frames.keys()) {
      const json = await notifications.one(reader, id, preview < 0 ? undefined : preview)
      frames.set(preview, json && notificationFrame(json))
    }
    for (const socket of ready(reader)) {
      const frame = frames.get(socket.preview)
      if (frame !== undefined) socket.send(frame)
    }
  }

  async function giveBounded(reader: UserId, id: Id): Promise<void> {
    if (underWay >= notificationsToldAtOnce) return
    underWay++
    try {
      await give(reader, id)
    } catch (error) {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'a notification could not be given')
    } finally {
      underWay--
    }
  }

  return {
    heard(to) {
      for (let i = 0; i < to.length; i += 2) {
        if (sockets.of(to[i]!) !== undefined) void giveBounded(to[i]!, to[i + 1]!)
      }
    },
  }
}
