import { go } from '../state/router.ts'
import { t } from '../words/index.ts'
import { Icon } from './icon.tsx'

/** What stands beside the page where there is room: search, and what else one may want. */
export function Aside() {
  return (
    <aside class="aside">
      <search>
        <form
          class="search"
          onSubmit={(event) => {
            event.preventDefault()
            const { query } = event.currentTarget.elements as unknown as Record<string, HTMLInputElement>
            if (query!.value.trim()) go(`/explore?query=${encodeURIComponent(query!.value.trim())}`)
          }}
        >
          <Icon name="search" size={18} />
          <input type="search" name="query" dir="auto" placeholder={t('search')} aria-label={t('search')} />
        </form>
      </search>
      <footer class="foot">
        <a href="/docs">API</a> · <a href="/settings">{t('settings')}</a>
      </footer>
    </aside>
  )
}
