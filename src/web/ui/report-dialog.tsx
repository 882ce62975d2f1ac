import { useSignal } from '@preact/signals'
import { rookery } from '../state/client.ts'
import { toast } from '../state/toasts.ts'
import { t } from '../words/index.ts'
import { DialogForm } from './dialog-form.tsx'
import { type Reported, reporting } from './reporting.ts'
import { TextArea } from './text-area.tsx'

/** API.md: the characters of a reason. */
export const reasonLengthMax = 1_000
const kinds = ['reportSpam', 'reportAbuse', 'reportFalse', 'reportOther'] as const

/** Where a message or a person is reported to the moderators; once in the page. */
export function ReportDialog() {
  return reporting.value && <Open of={reporting.value} />
}

function Open({ of: { message, user } }: { of: Reported }) {
  const kind = useSignal<(typeof kinds)[number] | undefined>(undefined)
  const more = useSignal('')
  const about = user ?? message!.author
  const words = more.value.trim()
  const enough = kind.value !== undefined && (kind.value !== 'reportOther' || words !== '')

  async function run(): Promise<void> {
    const reason = kind.value === 'reportOther' ? words : [t(kind.value!), words].filter(Boolean).join(': ')
    await rookery.report({
      ...(message ? { message: message.id } : { user: about.id }),
      reason: [...reason].slice(0, reasonLengthMax).join(''),
    })
    toast(t('reported'))
  }

  return (
    <DialogForm
      title={t(message ? 'reportMessageTitle' : 'reportName', { name: about.name || about.handle })}
      does={t('report')}
      ready={enough}
      run={run}
      onClose={() => void (reporting.value = undefined)}
    >
      {message && (
        <blockquote class="quote" dir="auto">
          {message.text || t('mediaCount', { count: message.media.length })}
        </blockquote>
      )}
      <fieldset class="choices">
        <legend>{t('reportWhy')}</legend>
        {kinds.map((each) => (
          <label key={each} class="choice">
            <input type="radio" name="kind" checked={kind.value === each} onChange={() => void (kind.value = each)} />
            {t(each)}
          </label>
        ))}
      </fieldset>
      <TextArea
        label={t(kind.value === 'reportOther' ? 'reportMoreNeeded' : 'reportMore')}
        value={more}
        maxLength={900}
        hint={t('reportHint')}
      />
    </DialogForm>
  )
}
