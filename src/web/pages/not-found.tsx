import { Page } from '../ui/page.tsx'
import { EmptyState } from '../ui/states.tsx'
import { t } from '../words/index.ts'

/** Where no page is. */
export function NotFound() {
  return (
    <Page title={t('nothingHere')}>
      <EmptyState icon="search" title={t('nothingHere')}>
        <p>{t('nothingHereMore')}</p>
        <a class="button primary" href="/">
          {t('toHome')}
        </a>
      </EmptyState>
    </Page>
  )
}
