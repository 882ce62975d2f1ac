import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { t } from '../words/index.ts'
import { Button } from './button.tsx'
import { EmptyState } from './states.tsx'

/** What fails in it takes no more than itself along. */
export function Guarded({ children }: { children: ComponentChildren }): ComponentChildren {
  const [error] = useErrorBoundary((error) => console.error(error))
  return error === undefined ? children : <Broken />
}

/** A page that failed through a mistake of ours, or whose code is of a version that is gone. */
export function Broken() {
  return (
    <EmptyState icon="warning" title={t('broken')}>
      <p>{t('brokenMore')}</p>
      <Button kind="primary" onClick={() => location.reload()}>
        {t('reload')}
      </Button>
    </EmptyState>
  )
}
