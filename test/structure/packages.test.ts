import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dir, '../..')
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))

interface Locked {
  version: string
  resolved?: string
  optionalDependencies?: Record<string, string>
}
const locked = read('package-lock.json').packages as Record<string, Locked>

test('the lock file has every platform of every package: without one of them `npm ci` refuses in a fresh clone', () => {
  const missing = Object.values(locked).flatMap(({ optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
      .filter(([name, version]) => locked[`node_modules/${name}`]?.version !== version)
      .map(([name, version]) => `${name}@${version}`),
  )
  expect(missing).toEqual([])
})

test('dependencies are pinned to one version, and the lock file names no registry', () => {
  const { dependencies, devDependencies } = read('package.json') as Record<string, Record<string, string>>
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  expect(Object.values(locked).filter((entry) => entry.resolved !== undefined)).toEqual([])
})
