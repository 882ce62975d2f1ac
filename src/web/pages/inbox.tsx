import { useEffect } from 'preact/hooks'
import { markSeen, notices, refreshNotices } from '../state/notices.ts'
import { place } from '../state/router.ts'
import { onEvent } from '../state/timeline.ts'
import { List } from '../ui/list.tsx'
import { NoticeRow } from '../ui/notice-row.tsx'
import { Page } from '../ui/page.tsx'
import { EmptyState } from '../ui/states.tsx'
import { t } from '../words/index.ts'

/** What happened to oneself; it counts as seen while the page is looked at. */
export default function Inbox() {
  useEffect(() => {
    if (!place.peek().returned) notices.reset()
    const stop = onEvent(({ type }) => {
      if (type === 'notification' || type === 'online') void refreshNotices()
    })
    document.addEventListener('visibilitychange', look)
    return () => {
      stop()
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  const first = notices.items.value[0]?.id
  useEffect(look, [first])
  return (
    <Page title={t('notifications')}>
      <List
        of={notices}
        label={t('notifications')}
        row={(notice) => <NoticeRow key={notice.id} of={notice} />}
        empty={
          <EmptyState icon="bell" title={t('noNotices')}>
            <p>{t('noNoticesMore')}</p>
          </EmptyState>
        }
      />
    </Page>
  )
}

function look(): void {
  if (document.visibilityState === 'visible') void markSeen()
}
