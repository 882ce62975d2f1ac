import { rookery } from './client.ts'

/**
 * Whether pushes come to this device: `insecure`: the page is not on https (nor localhost); `unsupported`: the browser has
 * none (on iPhones the page must be installed first); `denied`: refused in the browser's settings.
 */
export type PushState = 'on' | 'off' | 'denied' | 'insecure' | 'unsupported'

export async function pushState(): Promise<PushState> {
  if (!isSecureContext) return 'insecure'
  if (!('serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis))
    return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager.getSubscription()) ? 'on' : 'off'
}

/** Asks the reader, then has the server send pushes here. Resolves to what came of it. @throws RookeryError */
export async function turnPushOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return pushState()
  const { pushManager } = await navigator.serviceWorker.ready
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: await rookery.pushKey(),
  })
  const { endpoint, keys } = subscription.toJSON()
  try {
    await rookery.subscribePush({ endpoint: endpoint!, keys: { p256dh: keys!.p256dh!, auth: keys!.auth! } })
  } catch (error) {
    // The server does not know it: no push would ever come.
    await subscription.unsubscribe()
    throw error
  }
  return 'on'
}

/** No more pushes here. @throws RookeryError */
export async function turnPushOff(): Promise<PushState> {
  await rookery.unsubscribePush()
  const registration = await navigator.serviceWorker.getRegistration()
  await (await registration?.pushManager.getSubscription())?.unsubscribe()
  return pushState()
}
