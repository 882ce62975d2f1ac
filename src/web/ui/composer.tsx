import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Waiting } from '../../sdk/browser.ts'
import { draft } from '../state/drafts.ts'
import { isUnderWay, sendDraft } from '../state/sending.ts'
import { me } from '../state/session.ts'
import { drop, filesMax, type Upload, upload } from '../state/uploads.ts'
import type { Writing } from '../state/writing.ts'
import { number, t } from '../words/index.ts'
import { Attached } from './attached.tsx'
import { Avatar } from './avatar.tsx'
import { Button, IconButton } from './button.tsx'
import { errorText, toastError } from './errors.ts'

/** API.md: the bytes of a text, in UTF-8. */
export const textBytesMax = 10_240
const bytesOf = (text: string) => new TextEncoder().encode(text).length

/**
 * Where one writes. What is typed is kept as a draft until it is sent, and stays on the page where sending fails. Sending goes
 * on without it. `onSent`: the outbox has it, and this is still there.
 */
export function Composer({
  replyTo,
  attached = [],
  note,
  focus = false,
  onSent,
}: Writing & {
  focus?: boolean
  onSent?: (waiting: Waiting) => void
}) {
  const text = draft(replyTo?.id)
  const files = useSignal(attached)
  const busy = isUnderWay(replyTo?.id)
  const problem = useSignal(note)
  const dragged = useSignal(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const counter = useId()
  const life = useRef({ here: true, sending: false }).current

  useEffect(() => {
    if (!focus) return
    area.current!.focus()
    area.current!.setSelectionRange(text.peek().length, text.peek().length)
  }, [])
  useEffect(
    () => () => {
      life.here = false
      // Files that are not sent go with the page.
      if (!life.sending) files.peek().forEach(drop)
    },
    [],
  )

  const bytes = bytesOf(text.value)
  const over = bytes - textBytesMax
  const ready = (text.value.trim() !== '' || files.value.length > 0) && over <= 0

  function type(value: string): void {
    text.value = value
    problem.value = undefined
  }

  function attach(list: Iterable<File>): void {
    const added = [...list]
    const room = filesMax - files.value.length
    problem.value = added.length > room ? t('tooManyFiles', { max: filesMax }) : undefined
    files.value = [...files.value, ...added.slice(0, room).map((file) => upload(file))]
  }

  function remove(one: Upload): void {
    drop(one)
    files.value = files.value.filter((each) => each !== one)
    area.current!.focus()
  }

  async function submit(): Promise<void> {
    // Not `busy`, which is of the last painting: a second press in the same breath must not send twice.
    if (!ready || isUnderWay(replyTo?.id)) return
    const sending = files.value
    life.sending = true
    problem.value = undefined
    try {
      const waiting = await sendDraft(replyTo?.id, sending)
      files.value = files.value.filter((each) => !sending.includes(each))
      if (life.here) onSent?.(waiting)
    } catch (error) {
      if (!life.here) toastError(error, `${t('notSent')}:`)
      // What is wrong with a file stands beside it.
      else if (!sending.some((each) => each.error === error)) problem.value = errorText(error)
    }
    life.sending = false
    if (!life.here) files.value.forEach(drop)
  }

  return (
    <form
      class={dragged.value ? 'composer dragged' : 'composer'}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return
        event.preventDefault()
        dragged.value = true
      }}
      onDragLeave={() => void (dragged.value = false)}
      onDrop={(event) => {
        dragged.value = false
        if (!event.dataTransfer?.files.length) return
        event.preventDefault()
        attach(event.dataTransfer.files)
      }}
    >
      {replyTo && (
        <p class="composer-to" dir="auto">
          {t('replyingToName', { name: `@${replyTo.author.handle}` })}
        </p>
      )}
      <div class="composer-line">
        <Avatar user={me.value!} />
        <textarea
          ref={area}
          dir="auto"
          rows={replyTo || focus ? 4 : 2}
          aria-label={t(replyTo ? 'writeReply' : 'write')}
          aria-describedby={counter}
          aria-invalid={over > 0}
          placeholder={t(replyTo ? 'replyPlaceholder' : 'writePlaceholder')}
          value={text.value}
          onInput={(event) => type(event.currentTarget.value)}
          onPaste={(event) => {
            if (!event.clipboardData?.files.length) return
            event.preventDefault()
            attach(event.clipboardData.files)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
            event.preventDefault()
            void submit()
          }}
        />
      </div>
      {dragged.value && <p class="composer-drop">{t('dropHere')}</p>}
      <Attached files={files.value} remove={remove} />
      {problem.value && (
        <p class="form-problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="composer-foot">
        <IconButton
          icon="image"
          label={t('attach')}
          disabled={files.value.length >= filesMax}
          onClick={() => picker.current!.click()}
        />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            attach(event.currentTarget.files ?? [])
            event.currentTarget.value = ''
          }}
        />
        <span id={counter} class={over > 0 ? 'counter over' : 'counter'} role={over > 0 ? 'status' : undefined}>
          {over > 0
            ? t('bytesOver', { count: over })
            : bytes > 0
              ? t('bytesUsed', { used: number(bytes), max: number(textBytesMax) })
              : ''}
        </span>
        <Button kind="primary" type="submit" busy={busy} disabled={!ready}>
          {t(busy ? 'sending' : replyTo ? 'reply' : 'send')}
        </Button>
      </div>
    </form>
  )
}
