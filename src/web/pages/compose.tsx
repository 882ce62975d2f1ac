import { go } from '../state/router.ts'
import { Composer } from '../ui/composer.tsx'
import { Page } from '../ui/page.tsx'
import { t } from '../words/index.ts'

/** Writing as a page of its own: what the installed app's shortcut opens. */
export default function Compose() {
  return (
    <Page title={t('write')} back>
      <Composer focus onSent={() => go('/')} />
    </Page>
  )
}
