import { deflateSync } from 'node:zlib'
import { type Benchmark, figure } from './figure.ts'
import { get, httpLoad, people, randomEdges, seeded } from './population.ts'
import { inTemporaryFolder, start, startRookery } from './processes.ts'

const users = 1_000
const messages = 20_000
/** One asks without pause. Four keep both cores busy by themselves, so what theirs tells is who gets those. */
const readersAtOnce = [1, 4]
/** Twelve megapixels, as phones take them. */
const width = 4_000
const height = 3_000
const atOnce = 10

/** A photograph of sorts: soft shapes with grain on them, so that it takes as many bytes as one. */
async function photograph(scale: number): Promise<Uint8Array<ArrayBuffer>> {
  const [w, h] = [Math.round(width * Math.sqrt(scale)), Math.round(height * Math.sqrt(scale))]
  const random = seeded(7)
  const raw = Buffer.alloc((w * 3 + 1) * h)
  for (let y = 0, at = 0; y < h; y++) {
    raw[at++] = 0
    for (let x = 0; x < w; x++) {
      const grain = (random() * 24) | 0
      raw[at++] = ((x * 200) / w + grain) | 0
      raw[at++] = ((y * 200) / h + grain) | 0
      raw[at++] = (100 + 80 * Math.sin((x + y) / 300) + grain) | 0
    }
  }
  const chunk = (type: string, data: Uint8Array) => {
    const out = Buffer.alloc(12 + data.length)
    out.writeUInt32BE(data.length, 0)
    out.write(type, 4, 'latin1')
    out.set(data, 8)
    out.writeUInt32BE(Bun.hash.crc32(out.subarray(4, 8 + data.length)), 8 + data.length)
    return out
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(w, 0)
  header.writeUInt32BE(h, 4)
  header.set([8, 2], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const pixels = chunk('IDAT', deflateSync(raw, { level: 1 }))
  const png = Buffer.concat([signature, chunk('IHDR', header), pixels, chunk('IEND', new Uint8Array())])
  return new Uint8Array(await new Bun.Image(png).jpeg({ quality: 90 }).bytes())
}

/** Milliseconds until the picture is ready. */
async function upload(port: number, token: string, picture: Uint8Array<ArrayBuffer>): Promise<number> {
  const form = new FormData()
  form.set('file', new Blob([picture]), 'photograph.jpg')
  const began = performance.now()
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${port}/media`, { method: 'POST', headers, body: form })
  if (response.status !== 201) throw new Error(await response.text())
  return performance.now() - began
}

export const mediaBenchmark: Benchmark = {
  name: 'media',
  what: 'a JPEG of 12 megapixels from POST to ready; p99 of /fetch while ten at once are worked on, again and again',
  bare: 'the preview alone, in this process; p99 of /fetch without uploads',
  run: ({ seconds, rounds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const picture = await photograph(scale)
      say(
        `a JPEG of ${(picture.length / 1e6).toFixed(1)} MB; ${users} people, ${Math.round(messages * scale)} messages`,
      )
      const data = `${folder}/data`
      const readers = await people(folder, data, randomEdges(users, 50), Math.round(messages * scale))
      const server = await startRookery(data)
      const token = readers[0]!.token
      const file = `${folder}/photograph.jpg`
      await Bun.write(file, picture)

      const ready = { ours: [] as number[], bare: [] as number[] }
      await upload(server.port, token, picture)
      for (let round = 0; round < rounds; round++) {
        ready.ours.push(await upload(server.port, token, picture))
        const began = performance.now()
        await new Bun.Image(picture).resize(640, 640, { fit: 'inside' }).webp({ quality: 78 }).bytes()
        ready.bare.push(performance.now() - began)
      }

      const requests = readers.map((reader) => get('/fetch', reader.token))
      const p99 = async (connections: number) => {
        const options = { port: server.port, connections, seconds, warmUpSeconds: 0.5, pick: 'random' } as const
        return (await httpLoad(folder, requests, options)).p99Ms
      }
      const beside = readersAtOnce.map((connections) => ({ connections, ours: [] as number[], bare: [] as number[] }))
      for (let round = 0; round < rounds; round++) {
        say('fetch without uploads')
        for (const { connections, bare } of beside) bare.push(await p99(connections))
        say(`fetch beside ${atOnce} uploads at once`)
        const uploads = await start('bench/clients/upload.ts', [String(server.port), token, file, String(atOnce)])
        const ended = uploads.exited.then(() => {
          throw new Error('an upload failed')
        })
        for (const { connections, ours } of beside) ours.push(await Promise.race([p99(connections), ended]))
        ended.catch(() => {})
        await uploads.stop()
      }
      // Each with its preview.
      const uploaded = [...new Bun.Glob('??/??/*').scanSync(`${data}/media`)].length / 2
      await server.stop()
      return [
        figure({
          name: 'media, 12 megapixels ready',
          unit: 'ms',
          lower: true,
          rounds: ready,
          atLeast: { most: 1_000 },
          goal: { most: 400 },
          details: { bytes: picture.length },
        }),
        ...beside.map(({ connections, ...measured }) =>
          figure({
            name: `media, /fetch p99 beside ${atOnce} uploads, ${connections} ${connections === 1 ? 'asks' : 'ask'}`,
            unit: 'ms',
            lower: true,
            rounds: measured,
            atLeast: { ratio: 1 / 1.5 },
            goal: { ratio: 0.9 },
            details: { uploaded },
          }),
        ),
      ]
    }),
}
