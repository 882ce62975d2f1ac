import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../words/index.ts'
import { Icon } from './icon.tsx'

/** Where one says what to look for. `query`: what is looked for now. */
export function SearchField({
  query,
  search,
  focus = false,
}: {
  query: string
  search: (query: string) => void
  focus?: boolean
}) {
  const ref = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (focus) ref.current!.focus()
  }, [])
  // Before anybody can type into it, which it would undo.
  useLayoutEffect(() => void (ref.current!.value = query), [query])
  return (
    <search>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault()
          const wanted = ref.current!.value.trim()
          if (wanted !== '') search(wanted)
        }}
      >
        <Icon name="search" size={18} />
        <input
          ref={ref}
          type="search"
          name="query"
          dir="auto"
          maxLength={200}
          placeholder={t('searchHint')}
          aria-label={t('search')}
        />
      </form>
    </search>
  )
}
