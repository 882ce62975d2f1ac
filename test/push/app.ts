import { type Account, call, signUp } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { type Browser, openPushService, type PushService } from './push-service.ts'

/** A server beside a push service, both on this machine, and people on it. */
export interface PushApp {
  readonly server: ServerProcess
  readonly service: PushService
  person(): Promise<Account>
  ask(
    who: Account,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, string> }>
  /** A new browser that the person is told by. */
  subscribe(who: Account, more?: object): Promise<Browser>
  send(who: Account, text: string): Promise<string>
  metric(name: string): Promise<number>
  close(): Promise<void>
}

export async function openPushApp(args: string[] = []): Promise<PushApp> {
  const folder = temporaryFolder()
  const server = new ServerProcess(folder.path, ['--allow-private-push', ...args])
  await server.start()
  const { key } = (await call<{ key: string }>(server.address, 'GET', '/push/key')).body
  const service = openPushService(() => key)
  let count = 0
  const ask: PushApp['ask'] = (who, method, path, body) =>
    call(server.address, method, path, { token: who.token, ...(body && { body }) })

  return {
    server,
    service,
    ask,
    person: () => signUp(server.address, `p${++count}`),
    async subscribe(who, more = {}) {
      const browser = service.browser()
      const { endpoint, keys } = browser
      const { status, body } = await ask(who, 'PUT', '/push', { endpoint, keys, ...more })
      if (status !== 200) throw new Error(`PUT /push answered ${status}: ${body.detail}`)
      return browser
    },
    async send(who, text) {
      return (await ask(who, 'POST', '/send', { text })).body.id!
    },
    async metric(name) {
      const text = await (await fetch(`${server.address}/metrics`)).text()
      return Number(new RegExp(`^rookery_${name} (\\S+)$`, 'm').exec(text)?.[1])
    },
    async close() {
      await server.end('SIGTERM')
      await service.close()
      folder.remove()
    },
  }
}
