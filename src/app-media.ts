import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from './config.ts'
import { compiled } from './core/compiled.ts'
import { mediaMarkWithinMs } from './core/limits.ts'
import type { ClusterEngine } from './engines/cluster/index.ts'
import { mediaFolder } from './engines/embedded/disk-use.ts'
import { openFolderBlobs } from './engines/uploads/blobs-in-folder.ts'
import { openMemoryBlobs } from './engines/uploads/blobs-in-memory.ts'
import { openS3Blobs } from './engines/uploads/blobs-in-s3.ts'
import type { Blobs } from './ports/blobs.ts'

/** Gateways of one installation have uploads in different places. The message is one sentence for who started this one. */
export class MediaNotShared extends Error {
  override readonly name = 'MediaNotShared'
}

/** The mark's name in the place for uploads; it goes along when these are moved by hand. */
const markName = 'rookery-media'

/**
 * Sees to it that all gateways of a cluster have uploads in one place: the place bears a mark that the installation knows.
 * Another place is taken only where nothing was uploaded yet and no other gateway runs. @throws MediaNotShared
 */
export async function mustBeShared(
  blobs: Pick<Blobs, 'mark' | 'marked'>,
  { mediaPlace, members, media, node }: Pick<ClusterEngine, 'mediaPlace' | 'members' | 'media' | 'node'>,
  config: Pick<Config, 'media' | 'data'>,
): Promise<void> {
  const own = crypto.randomUUID()
  const before = await blobs.marked(markName)
  const agreed = await mediaPlace.agree(before ?? own)
  if (agreed === before) return
  // Many may begin at once in a new place: the one whose mark was agreed on sets it, as a bucket knows no first.
  if (agreed === own) {
    if ((await blobs.mark(markName, own)) === own) return
  } else if (before === undefined && (await isSoon(async () => (await blobs.marked(markName)) === agreed))) return
  const others = (await members.list()).filter((member) => member.node !== node && member.roles.includes('gateway'))
  const { media: some } = await media.list(undefined, 1)
  if (others.length === 0 && some.length === 0 && (await mediaPlace.move(agreed, await blobs.mark(markName, own))))
    return
  const place = config.media ?? join(config.data, mediaFolder)
  throw new MediaNotShared(
    `${place} is not where the uploads of this installation are: give all its gateways the same --media, a folder that they share or s3://bucket.`,
  )
}

async function isSoon(holds: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + mediaMarkWithinMs
  while (performance.now() < until) {
    if (await holds()) return true
    await Bun.sleep(mediaMarkWithinMs / 20)
  }
  return false
}

/** This program, working on uploads (src/engines/uploads/apart.ts). */
export const prepareUploads: readonly string[] = [
  process.execPath,
  ...(compiled ? [] : [fileURLToPath(new URL('./main.ts', import.meta.url))]),
  'prepare-uploads',
]

/** Where the options say that uploads are. Throws MediaFolderUnusable. */
export function openBlobs({ engine, data, media }: Pick<Config, 'engine' | 'data' | 'media'>): Blobs {
  if (media === undefined) return engine === 'memory' ? openMemoryBlobs() : openFolderBlobs(join(data, mediaFolder))
  if (!media.startsWith('s3://')) return openFolderBlobs(media)
  const [bucket, ...prefix] = media.slice('s3://'.length).split('/')
  return openS3Blobs(bucket!, prefix.filter((part) => part !== '').join('/'))
}
