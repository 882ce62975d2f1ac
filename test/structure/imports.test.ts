import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dir, '../..')
const files = [...new Bun.Glob('src/**/*.{ts,tsx}').scanSync(root)].sort()

/** The layers (docs/ARCHITECTURE.md): which folders under src/ a folder may import from, besides itself. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  ports: ['core'],
  services: ['core', 'ports'],
  engines: ['core', 'ports'],
  // Calls to the world outside.
  outgoing: ['core', 'ports'],
  gateway: ['core', 'ports', 'services'],
  // Clients carry it along: it stands on nothing of the server's.
  sdk: [],
  // Runs in browsers, on what the SDK offers and nothing of the server.
  web: ['sdk'],
  // These see everything.
  cli: ['*'],
  sim: ['*'],
  'app.ts': ['*'],
  'app-cluster.ts': ['*'],
  'app-host.ts': ['*'],
  'app-media.ts': ['*'],
  'app-metrics.ts': ['*'],
  'app-push.ts': ['*'],
  'app-services.ts': ['*'],
  'main.ts': ['*'],
  // The table of options stands beside the layers; only those who see everything read it.
  'config.ts': ['core', 'options.ts'],
  'options.ts': ['core'],
}

/** Contract suites stand beside their ports and run under bun:test alone. */
const isTest = (file: string) => file.endsWith('.test.ts') || file.endsWith('.contract.ts')

interface Import {
  readonly from: string
  readonly to: string
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8')
  const found = [...source.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'/g)]
  const dynamic = [
    ...source.matchAll(/\bimport\(\s*'([^']+)'/g),
    ...source.matchAll(/new URL\('(\.[^']+)', import\.meta/g),
  ]
  const bare = [...source.matchAll(/(?:^|\n)\s*import\s+'([^']+)'/g)]
  return [...found, ...dynamic, ...bare].map(([, to]) => ({ from: file, to: to! }))
}

/** The first part under src/: a folder, or a file that stands there itself. */
function layer(path: string): string {
  return relative('src', path).split('/')[0]!
}

function target({ from, to }: Import): string | undefined {
  return to.startsWith('.') ? relative(root, resolve(root, dirname(from), to)) : undefined
}

describe('the direction of imports', () => {
  test('every folder under src/ has a place in the layers', () => {
    expect([...new Set(files.map(layer))].filter((name) => !(name in mayImport))).toEqual([])
  })

  test('core ← ports ← services ← gateway, ports ← engines; app.ts, cli and sim see everything', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file).filter((found) => {
        const path = target(found)
        if (!path?.startsWith('src/')) return false
        const [own, other] = [layer(file), layer(path)]
        const allowed = mayImport[own] ?? []
        return own !== other && !allowed.includes('*') && !allowed.includes(other)
      }),
    )
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  test('one engine does not import another', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file).filter((found) => {
        const [own, other] = [file, target(found)].map((p) => /^src\/engines\/([^/]+)\//.exec(p ?? '')?.[1])
        return own && other && own !== other
      }),
    )
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  test('nothing under src/ imports tests, benchmarks or scripts', () => {
    const allowed = /^(src\/|package\.json$)/
    // The command line starts the benchmarks; they are no part of the server.
    const wrong = files
      .filter((file) => !file.startsWith('src/cli/'))
      .flatMap((file) => importsOf(file).filter((found) => !allowed.test(target(found) ?? 'src/')))
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })
})

describe('purity', () => {
  const pure = files.filter((file) => /^src\/(core|ports|services)\//.test(file) && !isTest(file))

  test('core, ports and services import no input or output, neither from Node nor from Bun', () => {
    const io = /^(bun(:.*)?|(node:)?(fs|net|http|https|dgram|tls|child_process|worker_threads|os|dns|cluster)(\/.*)?)$/
    const wrong = pure.flatMap((file) => importsOf(file).filter(({ to }) => io.test(to)))
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  test('core is free of Bun, of the process and of the clock', () => {
    const impure = /\b(Bun\.|process\.|Date\.now\(|Math\.random\(|setTimeout\(|setInterval\(|performance\.|fetch\()/
    const wrong = files
      .filter((file) => file.startsWith('src/core/') && !isTest(file))
      .filter((file) => {
        const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
        return impure.test(code)
      })
    expect(wrong).toEqual([])
  })
})

describe('files', () => {
  const all = ['src', 'test', 'bench', 'scripts', 'examples', 'docs']
    .flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.{ts,tsx,md,sh,json}`).scanSync(root)])
    .concat('README.md', 'CHANGELOG.md', 'rookery', '.ci/run')
    .filter((file) => !file.startsWith('bench/results/'))

  test('none names a place of one machine', () => {
    const places = ['/' + 'work/', '/' + 'root/', '/' + 'home/', '/' + 'farm/']
    const wrong = all.filter((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      return places.some((place) => new RegExp(`(^|[\\s"'\`(=])${place}`).test(text))
    })
    expect(wrong).toEqual([])
  })

  test('none of the source is longer than 500 lines but the list of limits; from 400 on any file says so', () => {
    const long = all
      .filter((file) => file.endsWith('.ts') && file !== 'src/core/limits.ts')
      .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 400)
    for (const { file, lines } of long) console.warn(`${file} has ${lines} lines: two files would read better`)
    expect(long.filter(({ file, lines }) => file.startsWith('src/') && lines > 500).map(({ file }) => file)).toEqual([])
  })
})
