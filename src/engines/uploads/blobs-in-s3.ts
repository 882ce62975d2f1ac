import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client, type S3Options } from 'bun'
import { Refusal } from '../../core/refusal.ts'
import type { Blobs } from '../../ports/blobs.ts'
import { placeOf } from './place.ts'

/** What S3 takes at once. */
const pieceBytesMax = 5 * 2 ** 30

/**
 * Blobs as objects of an S3-compatible bucket, under `prefix`. Address and keys come from the usual variables
 * unless given (`S3_ENDPOINT`, `S3_REGION`, `S3_ACCESS_KEY_ID`, `S3_SECRET_ACCESS_KEY`, or `AWS_…`). Reads stream through this process: who may
 * read is ours to say.
 */
export function openS3Blobs(bucket: string, prefix: string, account: S3Options = {}): Blobs {
  const spool = mkdtempSync(join(tmpdir(), 'rookery-spool-'))
  const client = new S3Client({ ...account, bucket })
  const within = (path: string) => (prefix === '' ? path : `${prefix}/${path}`)
  const keyOf = (name: string) => within(placeOf(name))

  /** The bucket is away, or refuses us. */
  async function asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const unavailable = new Refusal('unavailable', 'The store of uploads does not answer: try again in a moment.', {
        retryAfterSeconds: 1,
      })
      unavailable.cause = error
      throw unavailable
    }
  }

  return {
    spool,
    async put(name, path) {
      // In one piece, which is there once it is whole: not every server of this API takes parts.
      await asked(() => client.write(keyOf(name), Bun.file(path), { partSize: pieceBytesMax }))
      await rm(path, { force: true })
    },
    async read(name, from, to) {
      return asked(async () => {
        const object = client.file(keyOf(name))
        return (await object.exists()) ? object.slice(from, to).stream() : undefined
      })
    },
    async remove(name) {
      await asked(() => client.delete(keyOf(name)))
    },
    async mark(name, text) {
      return asked(async () => {
        const object = client.file(within(name))
        if (!(await object.exists())) await object.write(text)
        return object.text()
      })
    },
    async marked(name) {
      return asked(async () => {
        const object = client.file(within(name))
        return (await object.exists()) ? object.text() : undefined
      })
    },
    async close() {
      await rm(spool, { recursive: true, force: true })
    },
  }
}
