import { createDecipheriv, createECDH, createHmac, type ECDH, randomBytes } from 'node:crypto'

/** What a browser keeps of a subscription, and gives the server of it. */
export interface BrowserKeys {
  readonly pair: ECDH
  readonly secret: Uint8Array
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export function browserKeys(): BrowserKeys {
  const pair = createECDH('prime256v1')
  const point = pair.generateKeys()
  const secret = randomBytes(16)
  return { pair, secret, keys: { p256dh: point.toString('base64url'), auth: secret.toString('base64url') } }
}

/** HKDF of RFC 5869 with one block: extract, then expand. */
function derive(salt: Uint8Array, key: Uint8Array, info: Uint8Array, length: number): Buffer {
  const extracted = createHmac('sha256', salt).update(key).digest()
  return createHmac('sha256', extracted)
    .update(Buffer.concat([info, Buffer.of(1)]))
    .digest()
    .subarray(0, length)
}

/** A push's body as its browser reads it: RFC 8291 over RFC 8188, written from these alone. Throws for any other. */
export function decrypted(body: Uint8Array, { pair, secret }: Pick<BrowserKeys, 'pair' | 'secret'>): string {
  const bytes = Buffer.from(body)
  const salt = bytes.subarray(0, 16)
  const recordBytes = bytes.readUInt32BE(16)
  const keyLength = bytes[20]!
  const sender = bytes.subarray(21, 21 + keyLength)
  const record = bytes.subarray(21 + keyLength)
  if (keyLength !== 65 || record.length > recordBytes) throw new Error('not one record of a key of P-256')
  const names = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender])
  const shared = derive(secret, pair.computeSecret(sender), names, 32)
  const key = derive(salt, shared, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = derive(salt, shared, Buffer.from('Content-Encoding: nonce\0'), 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  const end = plain.findLastIndex((byte) => byte !== 0)
  if (plain[end] !== 2) throw new Error('the record is not the last one')
  return plain.subarray(0, end).toString('utf8')
}
