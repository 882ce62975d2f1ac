import { render } from 'preact'
import { App } from './app.tsx'
import { startRouter } from './state/router.ts'
import { startSession } from './state/session.ts'
import { startTheme } from './state/theme.ts'
import { followSession } from './state/timeline.ts'
import { startWorker } from './state/worker.ts'
import { addIcons } from './ui/icon.tsx'
import { loadWords } from './words/index.ts'

startTheme()
startRouter()
await Promise.all([startSession(), loadWords()])
followSession()
addIcons()
const root = document.getElementById('app')!
root.replaceChildren()
render(<App />, root)
// Without it the page is all there, only not offline.
startWorker().catch(() => {})
