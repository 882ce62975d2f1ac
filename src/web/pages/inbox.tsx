import { Page } from '../ui/page.tsx'
import { EmptyState } from '../ui/states.tsx'
import { t } from '../words/index.ts'

export default function Inbox() {
  return (
    <Page title={t('notifications')} back>
      <EmptyState icon="clock" title={t('nothingHere')} />
    </Page>
  )
}
