import { expect, test } from 'bun:test'
import { createECDH, randomBytes } from 'node:crypto'
import { newPushKey } from '../../src/ports/push.ts'
import { createMakePushRequest } from '../../src/services/push-request.ts'
import { browserKeys, decrypted } from './browser.ts'

test('the tests’ browser reads the example of RFC 8291, section 5', () => {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url')
  const secret = Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url')
  const body =
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN'
  expect(decrypted(Buffer.from(body, 'base64url'), { pair, secret })).toBe('When I grow up, I want to be a watermelon')
})

test('[W24] a body is for its browser alone, different each time, and changed it is read by nobody', async () => {
  const make = createMakePushRequest({ pushKey: newPushKey(), contact: 'mailto:nobody@rookery.invalid' })
  const [browser, other] = [browserKeys(), browserKeys()]
  const { p256dh, auth } = browser.keys
  const subscription = { endpoint: 'https://push.example.org/1', p256dh, auth } as never
  const text = `{"text":"${'é'.repeat(1_990)}"}`
  const push = { subscription, type: 'like', text, topic: 'topic' } as const
  const [one, two] = [await make(push), await make(push)]
  for (const { body, headers } of [one, two]) {
    expect(decrypted(body, browser)).toBe(text)
    expect(() => decrypted(body, other)).toThrow()
    expect(() => decrypted(body, { ...browser, secret: randomBytes(16) })).toThrow()
    const changed = Uint8Array.from(body)
    changed[200]! ^= 1
    expect(() => decrypted(changed, browser)).toThrow()
    expect(headers).toMatchObject({ TTL: '43200', Urgency: 'low', Topic: 'topic', 'Content-Encoding': 'aes128gcm' })
  }
  expect(Buffer.from(one.body).equals(Buffer.from(two.body))).toBe(false)
})
