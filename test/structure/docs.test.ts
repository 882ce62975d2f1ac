import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { benchmarksTable, optionsTable, withTable } from '../../scripts/docs-tables.ts'

const root = resolve(import.meta.dir, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const pages = ['README.md', 'CHANGELOG.md', ...new Bun.Glob('docs/**/*.md').scanSync(root)]

describe('what the docs derive from the code (mend with `sh scripts/run.sh scripts/docs.ts`)', () => {
  test('the table of options in OPERATIONS.md', () => {
    const text = read('docs/OPERATIONS.md')
    expect(withTable(text, 'options', optionsTable())).toBe(text)
  })

  test('the measured figures in BENCHMARKS.md', () => {
    const text = read('docs/BENCHMARKS.md')
    expect(withTable(text, 'figures', benchmarksTable(join(root, 'bench/results')))).toBe(text)
  })
})

test('no link between the pages is broken', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, to]) => to!)
      .filter((to) => !/^[a-z]+:/.test(to))
      .filter((to) => !existsSync(resolve(root, dirname(page), to)))
      .map((to) => `${page}: ${to}`),
  )
  expect(broken).toEqual([])
})

test('every test file that SPEC.md names is there', () => {
  const named = [...read('docs/SPEC.md').matchAll(/`((?:src|test)\/[^`\s]+\.ts)`/g)].map(([, file]) => file!)
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test('every numbered promise of the ports stands in SPEC.md', () => {
  const numbers = (text: string) => new Set([...text.matchAll(/\[([A-Z]+[0-9]+)\]/g)].map(([, number]) => number!))
  const spec = numbers(read('docs/SPEC.md'))
  const files = [...new Bun.Glob('src/{ports,services}/*.ts').scanSync(root)].filter(
    (file) => !/\.(test|contract)\.ts$/.test(file),
  )
  const missing = files.flatMap((file) =>
    [...numbers(read(file))].filter((n) => !spec.has(n)).map((n) => `${file} ${n}`),
  )
  expect(missing).toEqual([])
})

test('every section of SPEC.md has letters of its own: no number stands for two promises', () => {
  // The table of deviations names promises again.
  const [promises] = read('docs/SPEC.md').split('Where the cluster deviates')
  const sections = promises!.split(/^#{2,3} /m)
  const given = sections.flatMap((section) => [...section.matchAll(/^\| \[([A-Z]+[0-9]+)\] \|/gm)].map(([, n]) => n!))
  expect(given.length).toBeGreaterThan(100)
  expect(given.filter((number, i) => given.indexOf(number) !== i)).toEqual([])
})
