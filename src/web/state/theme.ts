import { signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'

/** How the pages look; `auto`: as the device does. */
export const theme = signal<Theme>('auto')
const key = 'theme'

export function startTheme(): void {
  const kept = localStorage.getItem(key)
  theme.value = kept === 'light' || kept === 'dark' ? kept : 'auto'
  theme.subscribe((chosen) => {
    if (chosen === 'auto') {
      delete document.documentElement.dataset.theme
      localStorage.removeItem(key)
    } else {
      document.documentElement.dataset.theme = chosen
      localStorage.setItem(key, chosen)
    }
  })
}
