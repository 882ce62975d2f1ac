/** The thread of `remux`: one file, then its end. */
import {
  Conversion,
  FilePathSource,
  FilePathTarget,
  Input,
  type InputFormat,
  MP3,
  MP4,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OGG,
  OggOutputFormat,
  Output,
  type OutputFormat,
  QTFF,
  WAVE,
  WavOutputFormat,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny'
import type { RemuxAnswer, RemuxRequest, StreamFormat } from './remux.ts'

declare const self: Worker

const formats: Readonly<Record<StreamFormat, { from: InputFormat[]; to: () => OutputFormat }>> = {
  // Phones write QuickTime, whose tracks MP4 can hold. The index last: first, the whole file would stand in memory.
  mp4: { from: [MP4, QTFF], to: () => new Mp4OutputFormat({ fastStart: false }) },
  webm: { from: [WEBM], to: () => new WebMOutputFormat() },
  mp3: { from: [MP3], to: () => new Mp3OutputFormat() },
  ogg: { from: [OGG], to: () => new OggOutputFormat() },
  wav: { from: [WAVE], to: () => new WavOutputFormat() },
}

self.onmessage = async ({ data }: MessageEvent<RemuxRequest>) => {
  self.postMessage(await answerTo(data))
}

async function answerTo({ format, from, to }: RemuxRequest): Promise<RemuxAnswer> {
  const input = new Input({ source: new FilePathSource(from), formats: formats[format].from })
  try {
    const tracks = [...(await input.getVideoTracks()), ...(await input.getAudioTracks())]
    if (tracks.length === 0) return { outcome: 'broken', why: 'it holds neither sound nor picture' }
    const output = new Output({ format: formats[format].to(), target: new FilePathTarget(to) })
    const conversion = await Conversion.init({
      input,
      output,
      tags: {},
      copy: { mode: 'forced', shiftTolerance: Number.POSITIVE_INFINITY },
      showWarnings: false,
    })
    const lost = conversion.discardedTracks.some(({ track }) => track.isVideoTrack() || track.isAudioTrack())
    if (lost || !conversion.isValid) return { outcome: 'foreign' }
    await conversion.execute()
    const video = await input.getPrimaryVideoTrack()
    const duration = await input.computeDuration()
    return {
      outcome: 'made',
      duration,
      ...(video && { width: await video.getDisplayWidth(), height: await video.getDisplayHeight() }),
    }
  } catch (error) {
    return { outcome: 'broken', why: String(error) }
  } finally {
    input.dispose()
  }
}
