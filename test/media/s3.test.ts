import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustBeShared } from '../../src/app-media.ts'
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

    /** What processes of an installation know of each other, as one that has `gateways` running and these uploads. */
    function installation(gateways: number, uploads: number) {
      let place: string | undefined
      const running = Array.from({ length: gateways }, (_, node) => ({ node, roles: ['gateway'] }))
      return {
        node: -1,
        mediaPlace: {
          agree: async (mark: string) => (place ??= mark),
          async move(from: string, to: string) {
            if (place !== from) return false
            place = to
            return true
          },
        },
        members: { list: async () => running },
        media: { list: async () => ({ media: Array.from({ length: uploads }) }) },
      } as unknown as Parameters<typeof mustBeShared>[1]
    }
    const start = async (prefix: string, others: ReturnType<typeof installation>) => {
      const blobs = openS3Blobs('uploads', prefix, account)
      try {
        await mustBeShared(blobs, others, { media: `s3://uploads/${prefix}`, data: folder })
      } finally {
        await blobs.close()
      }
    }

    test('many gateways begin at once in a new one, and each of them again', async () => {
      for (let round = 0; round < 5; round++) {
        const others = installation(4, 1)
        await Promise.all(Array.from({ length: 4 }, () => start(`new-${round}`, others)))
        await Promise.all(Array.from({ length: 4 }, () => start(`new-${round}`, others)))
      }
    })

    test('another than that of the gateways that run is refused, and taken where none runs and nothing was uploaded', async () => {
      const few = installation(1, 0)
      await start('first', few)
      await expect(start('second', few)).rejects.toThrow('give all its gateways the same --media')
      await start('first', few)
      const none = installation(0, 0)
      await start('first', none)
      await start('third', none)
      await start('third', none)
    })
  })
}
