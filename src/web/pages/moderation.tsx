import { useMemo } from 'preact/hooks'
import type { Report, ReportState } from '../../sdk/browser.ts'
import { rookery } from '../state/client.ts'
import { keptFor, Pager } from '../state/pager.ts'
import { place } from '../state/router.ts'
import { me } from '../state/session.ts'
import { Invitations } from '../ui/invitations.tsx'
import { List } from '../ui/list.tsx'
import { Page } from '../ui/page.tsx'
import { ReportCard } from '../ui/report-card.tsx'
import { EmptyState } from '../ui/states.tsx'
import { SuspensionDialog } from '../ui/suspension-dialog.tsx'
import { t } from '../words/index.ts'

const invitations = 'invitations'
const states = { open: 'reportsOpen', resolved: 'reportsResolved', dismissed: 'reportsDismissed' } as const

/** What moderators do: reports, suspensions, invitations. */
export default function Moderation() {
  const asked = place.value.query.get('state') ?? ''
  const state = asked in states ? (asked as ReportState) : asked === invitations ? invitations : 'open'
  if (me.value!.role === 'user') {
    return (
      <Page title={t('moderation')}>
        <EmptyState icon="shield" title={t('forModerators')}>
          <p>{t('forModeratorsMore')}</p>
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page title={t('moderation')}>
      <nav class="tabs" aria-label={t('moderation')}>
        {Object.entries({ ...states, invitations } as const).map(([each, word]) => (
          <a key={each} href={`/moderation?state=${each}`} {...(each === state && { 'aria-current': 'page' as const })}>
            {t(word)}
          </a>
        ))}
      </nav>
      {state === invitations ? <Invitations /> : <Reports key={`${place.value.key} ${state}`} state={state} />}
      <SuspensionDialog />
    </Page>
  )
}

function Reports({ state }: { state: ReportState }) {
  const pager = useMemo(() => {
    return keptFor(`${place.peek().key} reports ${state}`, () => {
      return new Pager<Report>(async (before) => {
        const { reports, next } = await rookery.reports({ state, before })
        return { items: reports, next }
      })
    })
  }, [state])
  return (
    <List
      of={pager}
      label={t(states[state])}
      row={(report) => <ReportCard key={report.id} report={report} onDecided={() => pager.remove(report)} />}
      empty={<EmptyState icon="check" title={t(state === 'open' ? 'noReports' : 'noReportsHere')} />}
    />
  )
}
