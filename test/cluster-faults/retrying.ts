import type { Ledger } from './ledger.ts'

export interface Asked {
  readonly token?: string
  readonly body?: unknown
  readonly key?: string
}

/** No answer within this is a hang, which is a failure of its own: all time-outs together are shorter. */
const hungMs = 10_000
/** A client that was not helped by then gives up. */
const giveUpMs = 30_000

/**
 * Does what API.md asks of a client: a 503 or a connection that was refused or lost is tried again elsewhere, with the same
 * key. Resolves to the first other answer; to undefined when it had to give up, which is noted as failed.
 */
export async function surely<T>(
  addresses: readonly string[],
  ledger: Ledger,
  method: string,
  path: string,
  asked: Asked & { readonly first?: number },
): Promise<T | undefined> {
  const began = performance.now()
  const what = `${method} ${path.replace(/[0-9]{6,}/, 'ID').replace(/since=[^&]*/, 'since=…')}`
  for (let turn = asked.first ?? 0; ; turn++) {
    const address = addresses[turn % addresses.length]!
    const outcome = await once<T>(address, method, path, asked)
    if ('body' in outcome) return outcome.body
    if (outcome.final || performance.now() - began > giveUpMs) {
      const seconds = ((performance.now() - began) / 1_000).toFixed(1)
      ledger.note('failed', `${what} at ${address}: ${outcome.why} after ${seconds} s`)
      return undefined
    }
    ledger.note('retried', `${what} at ${address}: ${outcome.why}`)
    await Bun.sleep(50 + Math.random() * 100)
  }
}

type Outcome<T> = { readonly body: T } | { readonly why: string; readonly final: boolean }

async function once<T>(address: string, method: string, path: string, asked: Asked): Promise<Outcome<T>> {
  const { token, body, key } = asked
  try {
    const response = await fetch(address + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(hungMs),
    })
    const text = await response.text()
    if (response.ok) return { body: (text ? JSON.parse(text) : undefined) as T }
    return { why: `${response.status} ${text.slice(0, 300)}`, final: response.status !== 503 }
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: unknown; message: string }
    return name === 'TimeoutError'
      ? { why: `no answer within ${hungMs / 1_000} s`, final: true }
      : { why: String(code ?? message), final: false }
  }
}
