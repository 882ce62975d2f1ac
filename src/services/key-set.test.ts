import { describe, expect, test } from 'bun:test'
import { exportJWK, generateKeyPair } from 'jose'
import { keySetHeldMs } from '../core/limits.ts'
import { silentLog } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import { createKeySet, type KeySource } from './key-set.ts'

const jwk = async (kid: string) => ({ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid })
const [first, second] = [await jwk('first'), await jwk('second')]

/** A key set whose source says what `text` is at the time, and which counts how often it was read. */
function open(more: Partial<KeySource> = {}) {
  const state = { now: 1_000_000, text: JSON.stringify({ keys: [first] }) as string | undefined, reads: 0 }
  const { find } = createKeySet({
    source: {
      async read() {
        state.reads++
        if (state.text === undefined) throw new Error('away')
        return state.text
      },
      ageMs: 60_000,
      againMs: 10_000,
      near: true,
      ...more,
    },
    clock: { now: () => state.now },
    log: silentLog,
  })
  return {
    state,
    has: (kid: string) =>
      find({ alg: 'ES256', kid }).then(
        () => true,
        (error: unknown) => error,
      ),
  }
}

describe('a host’s key set', () => {
  test('is read once, however many ask, until it is old', async () => {
    const { state, has } = open()
    expect(await Promise.all(Array.from({ length: 20 }, () => has('first')))).toEqual(Array(20).fill(true))
    expect(state.reads).toBe(1)
    state.now += 60_001
    expect(await has('first')).toBe(true)
    expect(state.reads).toBe(2)
  })

  test('an unknown key is looked for again at once, and then no more often than once in 10 s', async () => {
    const { state, has } = open()
    await has('first')
    state.text = JSON.stringify({ keys: [first, second] })
    state.now += 10_000
    expect(await has('second')).toBe(true)
    expect(state.reads).toBe(2)
    for (let i = 0; i < 50; i++) expect(await has(`unknown ${i}`)).toBeInstanceOf(Error)
    expect(state.reads).toBe(2)
    state.now += 10_000
    await Promise.all(Array.from({ length: 50 }, (_, i) => has(`unknown ${i}`)))
    expect(state.reads).toBe(3)
  })

  test('a withdrawn key is dead once the set was read again', async () => {
    const { state, has } = open()
    await has('first')
    state.text = JSON.stringify({ keys: [second] })
    state.now += 60_001
    expect(await has('first')).toBeInstanceOf(Error)
    expect(await has('second')).toBe(true)
  })

  test('keys at hand serve while it cannot be read, for a day; without any it is `unavailable`', async () => {
    const { state, has } = open()
    await has('first')
    for (const text of [undefined, 'no JSON', '{"keys":5}', 'null']) {
      state.text = text
      state.now += 60_001
      expect(await has('first')).toBe(true)
    }
    expect(state.reads).toBe(5)
    state.now += keySetHeldMs
    expect(await has('first')).toMatchObject({ code: 'unavailable' })

    const away = open()
    away.state.text = undefined
    for (let i = 0; i < 20; i++) expect(await away.has('first')).toBeInstanceOf(Refusal)
    expect(away.state.reads).toBe(1)
    away.state.text = JSON.stringify({ keys: [first] })
    away.state.now += 10_000
    expect(await away.has('first')).toBe(true)
  })

  test('from afar it is read beside: nobody waits while there are keys', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    let reads = 0
    const read = () => (reads++ === 0 ? Promise.resolve(JSON.stringify({ keys: [first] })) : promise)
    const { state, has } = open({ near: false, read })
    await has('first')
    state.now += 60_001
    expect(await has('first')).toBe(true)
    expect(reads).toBe(2)
    resolve(JSON.stringify({ keys: [second] }))
    await promise
    expect(await has('second')).toBe(true)
  })
})
