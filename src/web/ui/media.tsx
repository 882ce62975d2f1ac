import { useState } from 'preact/hooks'
import type { Media } from '../../sdk/browser.ts'
import { fileSize, t } from '../words/index.ts'
import { averageColor } from './blurhash.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

/** What is attached to a message: pictures and videos in a grid, sounds and files below it. */
export function MediaOf({ media }: { media: readonly Media[] }) {
  const seen = media.filter(({ type }) => type === 'image' || type === 'video')
  const rest = media.filter(({ type }) => type === 'audio' || type === 'file')
  return (
    <>
      {seen.length > 0 && (
        <div class={`media-grid of-${Math.min(4, seen.length)}`}>
          {seen.map((each) =>
            each.type === 'image' ? <Picture key={each.id} media={each} /> : <Video key={each.id} media={each} />,
          )}
        </div>
      )}
      {rest.map((each) =>
        each.type === 'audio' ? <Sound key={each.id} media={each} /> : <File key={each.id} media={each} />,
      )}
    </>
  )
}

/** The room a picture takes and its colour, before it has come: nothing moves when it does. */
function room({ width, height, blurhash }: Media) {
  return { aspectRatio: width && height ? `${width} / ${height}` : '16 / 9', background: averageColor(blurhash) }
}

function Picture({ media }: { media: Media }) {
  const [open, setOpen] = useState(false)
  const [failed, setFailed] = useState(false)
  const text = media.description ?? t('imageWithout')
  if (failed) return <p class="media-failed">{t('mediaFailed')}</p>
  return (
    <>
      <button
        type="button"
        class="media-open"
        style={room(media)}
        aria-label={`${t('openPicture')}: ${text}`}
        onClick={() => setOpen(true)}
      >
        <img
          src={media.previewUrl ?? media.url}
          alt={text}
          loading="lazy"
          decoding="async"
          onError={() => setFailed(true)}
        />
      </button>
      {open && (
        <Dialog title={t('picture')} wide onClose={() => setOpen(false)}>
          <img class="media-full" src={media.url} alt={text} />
          {media.description && <p dir="auto">{media.description}</p>}
        </Dialog>
      )}
    </>
  )
}

function Video({ media }: { media: Media }) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: what people upload has no captions; their description stands for it
    <video
      class="media-video"
      style={room(media)}
      src={media.url}
      poster={media.previewUrl}
      controls
      preload="metadata"
      aria-label={media.description ?? t('video')}
    />
  )
}

function Sound({ media }: { media: Media }) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: what people upload has no captions; their description stands for it
    <audio
      class="media-audio"
      src={media.url}
      controls
      preload="metadata"
      aria-label={media.description ?? t('audio')}
    />
  )
}

function File({ media }: { media: Media }) {
  return (
    <a class="media-file" href={media.url} download>
      <Icon name="file" />
      <span dir="auto">{media.description ?? t('file')}</span>
      <span class="faint">{t('download', { size: fileSize(media.bytes) })}</span>
    </a>
  )
}
