import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { Author, Report } from '../../sdk/browser.ts'
import { rookery } from '../state/client.ts'
import { deletePost, isDeleted, postOf } from '../state/posts.ts'
import { toast } from '../state/toasts.ts'
import { t, tr } from '../words/index.ts'
import { Button } from './button.tsx'
import { confirm } from './dialog.tsx'
import { errorText, toastError } from './errors.ts'
import { Menu } from './menu.tsx'
import { MessageText } from './message-text.tsx'
import { reasonLengthMax } from './report-dialog.tsx'
import { restore, suspending } from './suspension-dialog.tsx'
import { TextArea } from './text-area.tsx'
import { RelativeTime } from './time.tsx'

type Decision = 'resolved' | 'dismissed' | 'open'

/** A report, and what a moderator may do about it. `onDecided`: it is of another state now. */
export function ReportCard({ report, onDecided }: { report: Report; onDecided: () => void }) {
  const { id, state, reason, reporter, user, message, messageID, text, moderator, changedAt, createdAt } = report
  const post = useMemo(() => message && postOf(message), [message])
  const note = useSignal(report.note ?? '')
  const busy = useSignal<Decision | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const there = post && !isDeleted(post.value)

  async function decide(wanted: Decision): Promise<void> {
    busy.value = wanted
    problem.value = undefined
    try {
      await rookery.decideReport(id, { state: wanted, ...(note.value.trim() && { note: note.value.trim() }) })
      toast(t(wanted === 'resolved' ? 'isResolved' : wanted === 'dismissed' ? 'isDismissed' : 'isReopened'))
      onDecided()
    } catch (error) {
      problem.value = errorText(error)
      busy.value = undefined
    }
  }

  async function remove(): Promise<void> {
    if (!(await confirm(t('deleteTitle'), t('deleteMore'), t('delete')))) return
    await deletePost(post!).catch((error) => toastError(error, t('deleteFailed')))
  }

  return (
    <article
      class="report"
      data-row={id}
      tabIndex={-1}
      aria-label={t('reportAbout', { name: user.name || user.handle })}
    >
      <header class="report-head">
        <p>{tr('reportBy', { reporter: <Name of={reporter} />, user: <Name of={user} /> })}</p>
        <span class="faint">
          <RelativeTime at={createdAt} />
        </span>
        <Menu
          label={t('moreAbout', { name: user.name || user.handle })}
          choices={() => [
            {
              text: t('suspendName', { name: user.name || user.handle }),
              icon: 'shield',
              danger: true,
              run: () => void (suspending.value = user),
            },
            {
              text: t('restoreName', { name: user.name || user.handle }),
              icon: 'check',
              run: () => void restore(user),
            },
          ]}
        />
      </header>
      <p class="report-reason" dir="auto">
        {reason}
      </p>
      {there ? (
        <div class="quote">
          <MessageText message={post.value} />
          {post.value.media.length > 0 && <p class="faint">{t('mediaCount', { count: post.value.media.length })}</p>}
          <p class="quote-foot">
            <a href={`/@${post.value.author.handle}/${post.value.id}`}>{t('openMessage')}</a>
            <Button kind="danger" icon="trash" aria-label={t('deleteMessage')} onClick={() => void remove()}>
              {t('delete')}
            </Button>
          </p>
        </div>
      ) : (
        messageID !== undefined && (
          <div class="quote">
            {text !== undefined && (
              <p class="text" dir="auto">
                {text}
              </p>
            )}
            <p class="faint">{t('reportedIsGone')}</p>
          </div>
        )
      )}
      {moderator && changedAt && (
        <p class="faint">
          {tr(state === 'dismissed' ? 'dismissedBy' : 'resolvedBy', {
            name: <Name of={moderator} />,
            time: <RelativeTime at={changedAt} />,
          })}
        </p>
      )}
      <TextArea label={t('note')} value={note} rows={2} maxLength={reasonLengthMax} hint={t('noteHint')} />
      {problem.value && (
        <p class="form-problem" role="alert">
          {problem.value}
        </p>
      )}
      <p class="report-foot">
        {state === 'open' ? (
          <>
            <Button busy={busy.value === 'dismissed'} onClick={() => void decide('dismissed')}>
              {t('dismiss')}
            </Button>
            <Button kind="primary" busy={busy.value === 'resolved'} onClick={() => void decide('resolved')}>
              {t('resolve')}
            </Button>
          </>
        ) : (
          <Button busy={busy.value === 'open'} onClick={() => void decide('open')}>
            {t('reopen')}
          </Button>
        )}
      </p>
    </article>
  )
}

const Name = ({ of }: { of: Author }) => (
  <a class="notice-name" href={`/@${of.handle}`}>
    <bdi>{of.name || of.handle}</bdi>
  </a>
)
