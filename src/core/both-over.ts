/**
 * What `change` resolves to, once `beside` is over as well, and no rejection before both are: of somebody who was refused
 * nothing is still on its way, to overtake what they ask for next. Rejects where either does.
 */
export async function bothOver<T>(change: Promise<T>, beside: Promise<unknown>): Promise<T> {
  await Promise.allSettled([change, beside])
  await beside
  return change
}
