import { type Theme, theme } from '../../state/theme.ts'
import { chooseLanguage, language, languageChoices, t } from '../../words/index.ts'
import { Section } from './section.tsx'

const themes = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' } as const

/** How the pages look on this device. */
export function LookSettings() {
  const languages = languageChoices()
  return (
    <Section title={t('look')} hint={t('lookHint')}>
      <fieldset class="segments">
        <legend>{t('theme')}</legend>
        {Object.entries(themes).map(([each, word]) => (
          <label key={each}>
            <input
              type="radio"
              name="theme"
              checked={theme.value === each}
              onChange={() => void (theme.value = each as Theme)}
            />
            <span>{t(word)}</span>
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="language">{t('language')}</label>
        <select
          id="language"
          value={language}
          onChange={(event) => {
            chooseLanguage(event.currentTarget.value)
            location.reload()
          }}
        >
          {languages.map(({ tag, name }) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </Section>
  )
}
