import { readFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { redisAnswerMs } from '../../../core/limits.ts'
import { type NodeAddress, nodeText, type RedisSettings } from '../settings.ts'

/**
 * Why a server cannot be used, in one sentence for the person who started this process; asked over a connection of its own,
 * since the client says of all troubles that the connection was closed. Undefined when nothing is wrong with it any more.
 */
export async function diagnose(address: NodeAddress, settings: RedisSettings): Promise<string | undefined> {
  const found = await firstWords(address, settings)
  const problem = found.error === undefined ? problemIn(found.words, settings) : connectProblem(found.error, settings)
  return problem && `Redis at ${nodeText(address)} ${problem}`
}

const endsConnection = 'ends the connection: if it speaks TLS, say so with rediss://.'

interface Heard {
  readonly words: string
  readonly error?: NodeJS.ErrnoException
}

function firstWords(address: NodeAddress, settings: RedisSettings): Promise<Heard> {
  return new Promise((resolve) => {
    let words = ''
    let socket: Socket | undefined
    const end = (heard: Heard) => {
      clearTimeout(timer)
      socket?.destroy()
      resolve(heard)
    }
    const timer = setTimeout(() => end({ words }), redisAnswerMs)
    const speak = () => socket?.write(greeting(settings))
    try {
      socket = settings.tls ? connectTls(tlsOptions(address, settings), speak) : connectPlain(address, speak)
    } catch (error) {
      end({ words, error: error as NodeJS.ErrnoException })
      return
    }
    socket.on('data', (bytes: Buffer) => {
      words += bytes.toString('latin1')
      // One line for AUTH, one for PING.
      if (words.split('\r\n').length > (settings.password ? 2 : 1)) end({ words })
    })
    socket.on('error', (error) => end({ words, error }))
    socket.on('close', () => end({ words: words || 'closed' }))
  })
}

function tlsOptions(address: NodeAddress, { tls }: RedisSettings) {
  return {
    host: address.host,
    port: address.port,
    servername: /^[\d.]+$|:/.test(address.host) ? '' : address.host,
    rejectUnauthorized: tls?.verify ?? true,
    ...(tls?.authority !== undefined && { ca: readFileSync(tls.authority) }),
    ...(tls?.certificate !== undefined && { cert: readFileSync(tls.certificate) }),
    ...(tls?.key !== undefined && { key: readFileSync(tls.key) }),
  }
}

function greeting({ user, password }: RedisSettings): string {
  const words = (list: string[]) =>
    `*${list.length}\r\n${list.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
  const login = password ? words(['AUTH', ...(user ? [user] : []), password.reveal()]) : ''
  return login + words(['PING'])
}

function connectProblem(error: NodeJS.ErrnoException, { tls }: RedisSettings): string {
  if (error.code === 'ECONNREFUSED') return 'refuses connections: nothing listens there.'
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'has a name that is not known.'
  if (error.code === 'ENOENT') return 'cannot be reached: a file of certificates is missing.'
  if (!tls && error.code === 'ECONNRESET') return endsConnection
  return tls
    ? `cannot be reached over TLS (${error.code ?? error.message}): does it speak TLS, and is its certificate trusted?`
    : `cannot be reached (${error.code ?? error.message}).`
}

function problemIn(words: string, { password, tls }: RedisSettings): string | undefined {
  const errors = words.match(/^-.*$/gm) ?? []
  const said = (pattern: RegExp) => errors.some((error) => pattern.test(error))
  if (said(/NOAUTH/) && !password) return 'asks for a password: give one as redis://:PASSWORD@HOST.'
  if (said(/WRONGPASS|invalid password|without any password/)) return 'does not accept the user and password given.'
  if (said(/NOAUTH/)) return 'does not accept the user and password given.'
  if (said(/DENIED/)) return 'is in protected mode: it takes no connections from other hosts.'
  if (said(/NOPERM/)) return 'does not allow its user what is needed: all commands on all keys of the keyspace.'
  if (words.includes('+PONG')) return undefined
  if (errors.length > 0) return `refuses to work: ${errors[0]!.slice(1).trim()}.`
  if (words === '') return `accepts connections and never answers${tls ? ' over TLS: does it speak TLS?' : '.'}`
  if (words === 'closed') return tls ? 'ends the connection.' : endsConnection
  return 'answers as no Redis does: is the port right?'
}
