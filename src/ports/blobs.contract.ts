import { afterAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Blobs } from './blobs.ts'

/** `again`: the same store, as another process opens it; undefined where a store is one process's. */
export function blobsContract(name: string, open: () => Promise<{ blobs: Blobs; again?: () => Promise<Blobs> }>): void {
  describe(`${name}: Blobs`, async () => {
    const { blobs, again } = await open()
    afterAll(() => blobs.close())
    const newName = () => crypto.randomUUID().replaceAll('-', '')

    async function put(name: string, bytes: Uint8Array | string): Promise<void> {
      const path = join(blobs.spool, newName())
      writeFileSync(path, bytes)
      await blobs.put(name, path)
    }
    async function read(store: Blobs, name: string, from = 0, to = 1_000_000_000): Promise<string | undefined> {
      const body = await store.read(name, from, to)
      return body && new Response(body).text()
    }

    test('[BL1] [BL2] a blob is read as it was put, whole and in parts, and may be replaced', async () => {
      const name = newName()
      expect(await read(blobs, name)).toBeUndefined()
      await put(name, '0123456789')
      expect(await read(blobs, name, 0, 10)).toBe('0123456789')
      expect(await read(blobs, name, 3, 5)).toBe('34')
      expect(await read(blobs, name, 9, 10)).toBe('9')
      await put(name, 'another')
      expect(await read(blobs, name, 0, 7)).toBe('another')
    })

    test('[BL1] [BL2] of 12 MB too', async () => {
      const name = newName()
      const bytes = Buffer.alloc(12_000_000)
      for (let i = 0; i < bytes.length; i += 1_000) bytes.writeUInt32BE(i, i)
      await put(name, bytes)
      const body = await blobs.read(name, 0, bytes.length)
      expect(Buffer.from(await new Response(body).arrayBuffer()).equals(bytes)).toBe(true)
      const part = await blobs.read(name, 11_999_000, 11_999_004)
      expect(Buffer.from(await new Response(part).arrayBuffer()).readUInt32BE()).toBe(11_999_000)
    })

    test('[BL3] what was removed is not there, and may be removed again', async () => {
      const [gone, kept] = [newName(), newName()]
      await put(gone, 'gone')
      await put(`${gone}.preview`, 'kept')
      await put(kept, 'kept')
      await blobs.remove(gone)
      await blobs.remove(gone)
      expect(await read(blobs, gone, 0, 4)).toBeUndefined()
      expect(await read(blobs, `${gone}.preview`, 0, 4)).toBe('kept')
      expect(await read(blobs, kept, 0, 4)).toBe('kept')
    })

    test('[BL4] [BL5] a mark is the first that was set', async () => {
      const name = `mark-${newName()}`
      expect(await blobs.marked(name)).toBeUndefined()
      expect(await blobs.mark(name, 'one')).toBe('one')
      expect(await blobs.mark(name, 'two')).toBe('one')
      expect(await blobs.marked(name)).toBe('one')
      if (again) {
        const other = await again()
        expect(await other.marked(name)).toBe('one')
        expect(await other.mark(name, 'three')).toBe('one')
        await other.close()
      }
    })

    test('[BL1] another process reads what was put', async () => {
      if (!again) return
      const name = newName()
      await put(name, 'shared')
      const other = await again()
      expect(await read(other, name, 0, 6)).toBe('shared')
      await other.close()
    })
  })
}
