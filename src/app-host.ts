import { readFile } from 'node:fs/promises'
import type { Config } from './config.ts'
import { keyFileAgeMs, keySetAgainMs, keySetBytesMax, keySetWithinMs, keyUrlAgeMs } from './core/limits.ts'
import type { Log } from './core/log.ts'
import { Usage } from './options.ts'
import { systemClock } from './ports/clock.ts'
import { createKeySet, type KeySet, type KeySource } from './services/key-set.ts'
import { createVerifySigned, type VerifySigned } from './services/signed-tokens.ts'

export type HostConfig = Pick<Config, 'jwtSecret' | 'jwtJwks' | 'jwtIssuer' | 'jwtAudience'>

/**
 * How tokens are verified that a host product signs: `app.ts` reads this file only where there is one. A key set that is a
 * file must be there; a URL may answer later.
 * @throws Usage
 */
export async function openVerifySigned(config: HostConfig, log: Log): Promise<VerifySigned> {
  const { jwtSecret: secret, jwtJwks, jwtIssuer: issuer, jwtAudience: audience } = config
  const keySet = jwtJwks === undefined ? undefined : await openKeySet(jwtJwks, log)
  return createVerifySigned({ secret, keySet, issuer, audience, clock: systemClock, log })
}

async function openKeySet(place: string, log: Log): Promise<KeySet> {
  const isUrl = place.includes('://')
  const source = isUrl ? keyUrl(place) : keyFile(place)
  const { find, read } = createKeySet({ source, clock: systemClock, log })
  try {
    await read()
  } catch (error) {
    const { message } = error as Error
    if (!isUrl) throw new Usage(`ROOKERY_JWT_JWKS names ${place}, which cannot be read as a key set: ${message}.`)
    log.warn({ err: error }, 'the key set of ROOKERY_JWT_JWKS cannot be read yet: tokens signed by it are refused')
  }
  return find
}

export function keyFile(path: string): KeySource {
  return {
    ageMs: keyFileAgeMs,
    againMs: keyFileAgeMs,
    near: true,
    async read() {
      const file = Bun.file(path)
      if (file.size > keySetBytesMax) throw tooLarge()
      return readFile(path, 'utf8')
    },
  }
}

export function keyUrl(url: string): KeySource {
  return {
    ageMs: keyUrlAgeMs,
    againMs: keySetAgainMs,
    near: false,
    async read() {
      const response = await fetch(url, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(keySetWithinMs),
      })
      if (!response.ok) throw new Error(`${url} answers ${response.status}`)
      const chunks: Uint8Array[] = []
      let length = 0
      for await (const chunk of response.body ?? []) {
        length += chunk.length
        if (length > keySetBytesMax) throw tooLarge()
        chunks.push(chunk)
      }
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}

function tooLarge(): Error {
  return new Error(`it has more than ${keySetBytesMax} bytes`)
}
