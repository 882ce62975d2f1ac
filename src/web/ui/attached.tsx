import type { Upload } from '../state/uploads.ts'
import { t } from '../words/index.ts'
import { IconButton } from './button.tsx'
import { errorText } from './errors.ts'
import { Icon } from './icon.tsx'

/** Files that go along, each with its description, and with what was wrong where the server did not take it. */
export function Attached({ files, remove }: { files: readonly Upload[]; remove: (one: Upload) => void }) {
  if (files.length === 0) return null
  return (
    <ul class="attached" aria-label={t('attached')}>
      {files.map((one) => (
        <One key={one.previewUrl ?? one.file.name} one={one} remove={() => remove(one)} />
      ))}
    </ul>
  )
}

function One({ one, remove }: { one: Upload; remove: () => void }) {
  const { file, previewUrl, description, error } = one
  const state = one.state.value
  return (
    <li class={`attached-one ${state}`} aria-busy={state === 'uploading'}>
      <span class="attached-shown">
        {state !== 'failed' && previewUrl && file.type.startsWith('image/') ? (
          <img src={previewUrl} alt="" />
        ) : (
          <Icon name={state === 'failed' ? 'warning' : previewUrl ? 'play' : 'file'} />
        )}
      </span>
      <span class="attached-words">
        {state === 'failed' ? (
          <span class="field-problem" role="alert">
            {t('uploadFailed', { name: file.name })}: {errorText(error)}
          </span>
        ) : (
          <>
            <span class="faint" dir="auto">
              {file.name}
              {state === 'uploading' && ` · ${t('sending')}`}
            </span>
            <input
              dir="auto"
              maxLength={1_000}
              placeholder={t('describe')}
              aria-label={t('description', { name: file.name })}
              value={description.value}
              onInput={(event) => void (description.value = event.currentTarget.value)}
            />
          </>
        )}
      </span>
      <IconButton icon="close" label={t('removeFile', { name: file.name })} onClick={remove} />
    </li>
  )
}
