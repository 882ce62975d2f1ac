import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openS3Blobs } from '../../src/engines/uploads/blobs-in-s3.ts'
import { blobsContract } from '../../src/ports/blobs.contract.ts'
import { findRclone, serveS3 } from './rclone.ts'

const found = await findRclone()
if ('missing' in found) {
  console.warn(`SKIPPED: S3 is not tested, for there is no server of it: ${found.missing}`)
  test.skip('a bucket', () => {})
} else {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-'))
  mkdirSync(join(folder, 'uploads'))
  const server = await serveS3(found.program, folder)
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const account = { endpoint: server.endpoint, accessKeyId: server.accessKey, secretAccessKey: server.secretKey }

  blobsContract('a bucket', async () => {
    const open = async () => openS3Blobs('uploads', 'some/where', account)
    return { blobs: await open(), again: open }
  })

  describe('a bucket', () => {
    test('holds everything under the prefix', () => {
      expect(readdirSync(join(folder, 'uploads'))).toEqual(['some'])
    })

    test('that refuses us, or is away, is said to be away for the moment', async () => {
      const stranger = openS3Blobs('uploads', '', { ...account, secretAccessKey: 'wrong' })
      await expect(stranger.read('a', 0, 1)).rejects.toMatchObject({ code: 'unavailable' })
      const away = openS3Blobs('uploads', '', { ...account, endpoint: 'http://127.0.0.1:9' })
      await expect(away.read('a', 0, 1)).rejects.toMatchObject({ code: 'unavailable' })
      await stranger.close()
      await away.close()
    })
  })
}
