import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny'

/** Sounds and videos for tests, with tags that must not be left; their packets hold nothing that could be played. */

/** What stands in every sample's tags. */
export const secret = 'Recorded at 48.8584 N 2.2945 E'

async function made(format: OutputFormat, add: (output: Output) => Promise<() => Promise<void>>): Promise<Buffer> {
  const target = new BufferTarget()
  const output = new Output({ format, target })
  output.setMetadataTags({ title: secret, comment: secret, artist: 'Somebody' })
  const feed = await add(output)
  await feed()
  await output.finalize()
  return Buffer.from(target.buffer!)
}

const frameSeconds = 1 / 25

/** Two seconds of VP9. */
async function addVideo(output: Output): Promise<() => Promise<void>> {
  const source = new EncodedVideoPacketSource('vp9')
  output.addVideoTrack(source, { frameRate: 25 })
  await output.start()
  return async () => {
    for (let i = 0; i < 50; i++) {
      const type = i % 25 === 0 ? 'key' : 'delta'
      const packet = new EncodedPacket(new Uint8Array(200).fill(i), type, i * frameSeconds, frameSeconds)
      await source.add(packet, {
        decoderConfig: { codec: 'vp09.00.10.08', codedWidth: 320, codedHeight: 180 },
      })
    }
  }
}

/** RFC 7845, 5.1: version 1, two channels, 48 kHz. */
const opusHead = Buffer.concat([Buffer.from('OpusHead'), Buffer.of(1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0)])

/** A second of Opus. */
async function addSound(output: Output): Promise<() => Promise<void>> {
  const source = new EncodedAudioPacketSource('opus')
  output.addAudioTrack(source)
  await output.start()
  return async () => {
    for (let i = 0; i < 50; i++) {
      // Its first byte says: one frame of 20 ms.
      const data = new Uint8Array(60).fill(i)
      data[0] = 0xfc
      await source.add(new EncodedPacket(data, 'key', i / 50, 1 / 50), {
        decoderConfig: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2, description: opusHead },
      })
    }
  }
}

export const mp4 = () => made(new Mp4OutputFormat({ fastStart: 'in-memory' }), addVideo)
export const webm = () => made(new WebMOutputFormat(), addVideo)
export const ogg = () => made(new OggOutputFormat(), addSound)
export const webmSound = () => made(new WebMOutputFormat(), addSound)

/** A second of silence, with a list of texts before it. */
export function wav(): Buffer {
  const riff = (type: string, data: Buffer) => {
    const head = Buffer.alloc(8)
    head.write(type, 0, 'latin1')
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data, Buffer.alloc(data.length & 1)])
  }
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(8_000, 4)
  format.writeUInt32LE(16_000, 8)
  format.writeUInt16LE(2, 12)
  format.writeUInt16LE(16, 14)
  const list = riff('LIST', Buffer.concat([Buffer.from('INFO'), riff('ICMT', Buffer.from(`${secret}\0`))]))
  const body = Buffer.concat([Buffer.from('WAVE'), riff('fmt ', format), list, riff('data', Buffer.alloc(16_000))])
  return riff('RIFF', body)
}

/** About a second of MPEG layer III at 128 kbit/s, with tags at both ends. */
export function mp3(): Buffer {
  const frame = Buffer.alloc(417)
  frame.set([0xff, 0xfb, 0x90, 0x00])
  const text = Buffer.from(`\0${secret}`)
  const field = Buffer.concat([Buffer.from('TIT2'), Buffer.of(0, 0, 0, text.length, 0, 0), text])
  const head = Buffer.concat([Buffer.from('ID3'), Buffer.of(3, 0, 0, 0, 0, 0, field.length), field])
  const tail = Buffer.alloc(128)
  tail.write(`TAG${secret}`, 0, 'latin1')
  return Buffer.concat([head, ...Array.from({ length: 40 }, () => frame), tail])
}
