/** What one group, or all of them, came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly skippedNames: readonly string[]
}

export const emptyTally: Tally = { passed: 0, failed: 0, skipped: 0, skippedNames: [] }

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    skippedNames: [...a.skippedNames, ...b.skippedNames],
  }
}

function plain(text: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name]!)
}

/** Counts the test cases of a JUnit report as `bun test --reporter=junit` writes it. */
export function readReport(xml: string): Tally {
  let [passed, failed] = [0, 0]
  const skippedNames: string[] = []
  for (const [, attributes, , body] of xml.matchAll(/<testcase ((?:[^>"]|"[^"]*")*?)(\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const attribute = (name: string) => plain(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes!)?.[1] ?? '')
    if (body?.includes('<skipped'))
      skippedNames.push(`${attribute('file')}: ${attribute('classname')} ${attribute('name')}`)
    else if (body?.includes('<failure') || body?.includes('<error')) failed += 1
    else passed += 1
  }
  return { passed, failed, skipped: skippedNames.length, skippedNames }
}
