import { JetStreamApiError } from '@nats-io/jetstream'
import { AuthorizationError, errors } from '@nats-io/transport-node'
import { type NatsSettings, nodeText } from '../settings.ts'

/** A sentence for what no waiting cures; undefined for a server that is away. */
export function refusedSentence(settings: NatsSettings, error: unknown): string | undefined {
  if (error instanceof AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return settings.user === undefined && settings.token === undefined && settings.credentials === undefined
      ? 'NATS asks who we are: give user and password in --nats (nats://USER:PASSWORD@HOST) or a token (nats://TOKEN@HOST), best by ROOKERY_NATS.'
      : 'NATS refuses the user, password, token or credentials given in --nats: check them.'
  }
  const text = error instanceof Error ? error.message : ''
  const code = String((error as { code?: unknown } | undefined)?.code ?? '')
  if (/cert|self.signed|altname|issuer/i.test(`${code} ${text}`)) {
    return settings.tls
      ? `The certificate of NATS is not accepted (${text}): name its authority with ca=FILE in --nats.`
      : `NATS wants TLS, and its certificate is not accepted (${text}): name its authority with ca=FILE in --nats.`
  }
  if (/doesn't exist|ENOENT/i.test(text)) return `A file that --nats names cannot be read: ${text}.`
  if (settings.tls && /does not support 'tls'/.test(text)) {
    return 'NATS does not speak TLS, and --nats asks for it: enable it there, or leave tls away here.'
  }
  return undefined
}

export function awaySentence({ nodes, tls }: NatsSettings, startMs: number): string {
  const where = nodes.map(nodeText).join(', ')
  const encrypted = tls ? ', and that it speaks TLS there' : ''
  return `No NATS server answered at ${where} within ${startMs / 1_000} s: check --nats, and that it runs${encrypted}.`
}

/** Why the streams could not be made. */
export function refusedStreamsSentence(error: unknown): string {
  if (error instanceof JetStreamApiError) {
    return `NATS does not make our streams (${error.message}): give JetStream room on its disks, and our user the right to use it.`
  }
  return 'JetStream of NATS does not answer: enable it on the servers (`jetstream { sync_interval: always }`) and for our account, and see that most of them run.'
}
