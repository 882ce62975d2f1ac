import type { Draft, Waiting } from '../../sdk/browser.ts'
import { rookery } from './client.ts'
import { pending } from './timeline.ts'

/** Gives a message to the outbox: it is out soon, or once there is a network, and once in any case. */
export async function send(draft: Draft): Promise<Waiting> {
  const waiting = await rookery.queueSend(draft)
  // It may be out already.
  const still = (await rookery.outbox()).find(({ key }) => key === waiting.key)
  if (still && !pending.value.some(({ key }) => key === still.key)) pending.value = [...pending.value, still]
  return waiting
}

/** Throws a message away that waits or was refused. */
export async function discard({ key }: Waiting): Promise<void> {
  await rookery.discard(key)
  pending.value = pending.value.filter((each) => each.key !== key)
}

/** Tries again what was refused. */
export async function sendAgain(waiting: Waiting): Promise<void> {
  await discard(waiting)
  await send(waiting.draft)
}
