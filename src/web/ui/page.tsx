import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { goBack } from '../state/router.ts'
import { t } from '../words/index.ts'
import { IconButton } from './button.tsx'

/** The window's title of a page. */
export const pageTitle = (title: string): string => `${title} · Rookery`

/** One page: its title above, in the window's title too. `back`: it is beneath another one. `actions` stand at the title's end. */
export function Page({
  title,
  back = false,
  actions,
  children,
}: {
  title: string
  back?: boolean
  actions?: ComponentChildren
  children: ComponentChildren
}) {
  useEffect(() => {
    document.title = pageTitle(title)
  }, [title])
  return (
    <div class="page">
      <header class="page-head">
        {back && <IconButton icon="back" label={t('back')} onClick={() => goBack()} />}
        <h1 tabIndex={-1}>{title}</h1>
        {actions}
      </header>
      {children}
    </div>
  )
}
