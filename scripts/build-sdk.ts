/**
 * `npm run build:sdk`: dist/sdk, the client SDK as JavaScript with its types. `index.js` is for Node 20 and newer,
 * `browser.js` for browsers; neither needs another file, and `package.json` leads each to its own.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dir, '..')
const out = resolve(process.argv[2] ?? join(root, 'dist', 'sdk'))

async function bundle(file: string, target: 'node' | 'browser', minify: boolean): Promise<string> {
  const built = await Bun.build({ entrypoints: [join(root, 'src/sdk', file)], target, format: 'esm', minify })
  return await built.outputs[0]!.text()
}

function writeTypes(): void {
  const words = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', out]
  const config = join(out, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      include: [],
      files: [join(root, 'src/sdk/index.ts')],
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    }),
  )
  const compiler = join(root, 'node_modules/.bin/tsc')
  const { exitCode, stdout } = Bun.spawnSync([compiler, '-p', config, '--rootDir', join(root, 'src/sdk'), ...words])
  rmSync(config)
  if (exitCode !== 0) throw new Error(`the types could not be written:\n${stdout}`)
  for (const file of readdirSync(out).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(out, file), 'utf8')
    // Whoever compiles against them may not allow imports of .ts.
    writeFileSync(join(out, file), text.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"))
  }
}

rmSync(out, { recursive: true, force: true })
for (const [source, file, target] of [
  ['index.ts', 'index.js', 'node'],
  ['browser.ts', 'browser.js', 'browser'],
] as const) {
  await Bun.write(join(out, file), await bundle(source, target, false))
}
writeTypes()
const small = Bun.gzipSync(await bundle('browser.ts', 'browser', true)).length
console.log(`${out}; for a browser ${(small / 1024).toFixed(1)} KiB (minified, gzip)`)
