import { readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type WebFile, type WebFiles, webFile } from './web-file.ts'

/** The web client's source, and what it is built from besides. */
export const webFolder = resolve(import.meta.dir, '../../web')
/** Where hashed files are, as seen from a browser. */
const hashedPath = '/web/'

/** Builds the web client. Throws what the bundler finds wrong. */
export async function buildWeb(): Promise<WebFiles> {
  const app = await bundle(['main.tsx', 'styles/main.css'], true)
  const main = app.find(({ isEntry, name }) => isEntry && name.endsWith('.js'))!
  const home = app.find(({ name }) => name.startsWith('home-'))!
  const style = app.find(({ name }) => name.endsWith('.css'))!
  const hashed = app.map(({ name }) => hashedPath + name).sort()
  const version = new Bun.CryptoHasher('sha256').update(hashed.join()).digest('hex').slice(0, 16)
  const worker = await bundle(['worker/sw.ts'], false, {
    ROOKERY_FILES: JSON.stringify(hashed),
    ROOKERY_VERSION: JSON.stringify(version),
  })
  const html = (await Bun.file(join(webFolder, 'index.html')).text())
    .replace('%STYLE%', hashedPath + style.name)
    .replace('%MAIN%', hashedPath + main.name)
    .replace(
      '%PRELOAD%',
      preloads([main, home], app)
        .map((name) => `<link rel="modulepreload" href="${name}">`)
        .join(''),
    )
  const publicFolder = join(webFolder, 'public')
  const asTheyAre = await Promise.all(
    readdirSync(publicFolder).map(async (name) => ({ name, bytes: await Bun.file(join(publicFolder, name)).bytes() })),
  )
  const files: [string, Promise<WebFile>][] = [
    ...app.map(({ name, bytes }): [string, Promise<WebFile>] => [hashedPath + name, webFile(name, true, bytes)]),
    ...[...worker, ...asTheyAre].map(({ name, bytes }): [string, Promise<WebFile>] => [
      `/${name}`,
      webFile(name, false, bytes),
    ]),
    ['index', webFile('index.html', false, new TextEncoder().encode(html))],
  ]
  return new Map(await Promise.all(files.map(async ([path, file]) => [path, await file] as const)))
}

interface Output {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly isEntry: boolean
}

async function bundle(entries: string[], hashed: boolean, define: Record<string, string> = {}): Promise<Output[]> {
  const name = hashed ? '[name]-[hash].[ext]' : '[name].[ext]'
  const { outputs } = await Bun.build({
    entrypoints: entries.map((entry) => join(webFolder, entry)),
    root: webFolder,
    target: 'browser',
    format: 'esm',
    splitting: hashed,
    minify: true,
    naming: { entry: name, chunk: name, asset: name },
    jsx: { runtime: 'automatic', importSource: 'preact', development: false },
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    plugins: [languages],
  })
  return Promise.all(
    outputs.map(async (output) => ({
      name: basename(output.path),
      bytes: new Uint8Array(await output.arrayBuffer()),
      isEntry: output.kind === 'entry-point',
    })),
  )
}

/** Every file of src/web/words is a language that a browser may ask for: `languages.ts` holds what it finds there. */
const languages: Bun.BunPlugin = {
  name: 'languages',
  setup(build) {
    build.onLoad({ filter: /\/words\/languages\.ts$/ }, () => {
      const found = readdirSync(join(webFolder, 'words')).flatMap(
        (file) => /^([a-z]{2}(?:-\w+)?)\.ts$/.exec(file) ?? [],
      )
      const names = found.filter((name) => !name.endsWith('.ts'))
      const rows = names.map((name) => `${JSON.stringify(name)}: () => import('./${name}.ts')`)
      return { contents: `export const languages = { ${rows.join(', ')} }`, loader: 'js' }
    })
  },
}

/** What the first view cannot be without, so that all of it is asked for at once. */
function preloads([main, ...more]: readonly [Output, ...Output[]], all: readonly Output[]): string[] {
  const transpiler = new Bun.Transpiler({ loader: 'js' })
  const found = new Set<Output>(more)
  const queue = [main, ...more]
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const { path, kind } of transpiler.scanImports(next.bytes)) {
      const chunk = kind === 'import-statement' ? all.find(({ name }) => name === basename(path)) : undefined
      if (!chunk || chunk === main || found.has(chunk)) continue
      found.add(chunk)
      queue.push(chunk)
    }
  }
  return [...found].map(({ name }) => hashedPath + name)
}
