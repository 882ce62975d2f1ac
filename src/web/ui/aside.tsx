import { go, path } from '../state/router.ts'
import { t } from '../words/index.ts'
import { SearchField } from './search-field.tsx'
import { Suggestions } from './suggestions.tsx'

/** As in styles/shell.css: elsewhere there is no room for it. */
const isWide = () => matchMedia('(min-width: 1080px)').matches

/** What stands beside the page where there is room: search, and whom one may want to follow. */
export function Aside() {
  return (
    <aside class="aside" aria-label={t('explore')}>
      {path.value !== '/explore' && (
        <>
          <SearchField query="" search={(query) => go(`/explore?query=${encodeURIComponent(query)}`)} />
          {isWide() && <Suggestions />}
        </>
      )}
      <footer class="foot">
        <a href="/docs">API</a> · <a href="/settings">{t('settings')}</a>
      </footer>
    </aside>
  )
}
