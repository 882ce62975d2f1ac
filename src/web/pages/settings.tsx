import { me } from '../state/session.ts'
import { Page } from '../ui/page.tsx'
import { AccountSettings } from '../ui/settings/account.tsx'
import { HiddenSettings } from '../ui/settings/hidden.tsx'
import { LookSettings } from '../ui/settings/look.tsx'
import { ProfileSettings } from '../ui/settings/profile.tsx'
import { PushSettings } from '../ui/settings/push.tsx'
import { SessionSettings } from '../ui/settings/sessions.tsx'
import { t } from '../words/index.ts'

/** All that one may set, for oneself and for this device. */
export default function Settings() {
  return (
    <Page title={t('settings')}>
      <div class="settings">
        {me.value!.role !== 'user' && (
          <div class="settings-places">
            <a class="button" href="/moderation">
              {t('moderation')}
            </a>
            {me.value!.role === 'admin' && (
              <a class="button" href="/admin">
                {t('admin')}
              </a>
            )}
          </div>
        )}
        <ProfileSettings />
        <LookSettings />
        <PushSettings />
        <SessionSettings />
        <HiddenSettings />
        <AccountSettings />
      </div>
    </Page>
  )
}
