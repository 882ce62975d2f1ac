import { journey } from './journey.ts'
import { Installation } from './processes.ts'

journey('two gateways that do everything, over the same engines', async () => {
  const installation = new Installation()
  try {
    const [one, two] = [await installation.start(), await installation.start()]
    return { one, two, end: () => installation.remove() }
  } catch (problem) {
    await installation.remove()
    throw problem
  }
})
