import { join } from 'node:path'
import type { Config } from './config.ts'
import { mediaFolder } from './engines/embedded/disk-use.ts'
import { openFolderBlobs } from './engines/uploads/blobs-in-folder.ts'
import { openMemoryBlobs } from './engines/uploads/blobs-in-memory.ts'
import { openS3Blobs } from './engines/uploads/blobs-in-s3.ts'
import type { Blobs } from './ports/blobs.ts'

/** Where the options say that uploads are. Throws MediaFolderUnusable. */
export function openBlobs({ engine, data, media }: Pick<Config, 'engine' | 'data' | 'media'>): Blobs {
  if (media === undefined) return engine === 'memory' ? openMemoryBlobs() : openFolderBlobs(join(data, mediaFolder))
  if (!media.startsWith('s3://')) return openFolderBlobs(media)
  const [bucket, ...prefix] = media.slice('s3://'.length).split('/')
  return openS3Blobs(bucket!, prefix.filter((part) => part !== '').join('/'))
}
