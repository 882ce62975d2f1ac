import { signal } from '@preact/signals'

/** Whether the server can be reached, as far as one knows: the browser says so at once, the stream when it finds out. */
export const online = signal(navigator.onLine)
addEventListener('online', () => void (online.value = true))
addEventListener('offline', () => void (online.value = false))
