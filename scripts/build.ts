/**
 * `npm run build`: dist/rookery, one executable file that serves on a machine with neither Node nor Bun. It holds Bun
 * itself, so it is for this machine's system and processor.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildWeb } from '../src/gateway/web/bundle.ts'
import { packFiles } from '../src/gateway/web/files.ts'

const root = resolve(import.meta.dir, '..')
const out = resolve(process.argv[2] ?? join(root, 'dist', 'rookery'))

/** A thread's program is found by its path beneath `src` (src/engines/embedded/worker-url.ts), so it is named here. */
const programs = [
  'main.ts',
  'engines/embedded/writer-worker.ts',
  'engines/embedded/long-read-worker.ts',
  'engines/uploads/remux-worker.ts',
]

mkdirSync(resolve(out, '..'), { recursive: true })
const webFiles = `${out}-web.json`
await Bun.write(webFiles, JSON.stringify(packFiles(await buildWeb())))

/** Puts the built web client into the program, as a file that is read at the first request for a page. */
const withWeb: Bun.BunPlugin = {
  name: 'web client',
  setup(build) {
    build.onLoad({ filter: /\/gateway\/web\/embedded\.ts$/ }, () => ({
      contents: `import path from ${JSON.stringify(webFiles)} with { type: 'file' }
export const embedded = () => Bun.file(path).json()`,
      loader: 'ts',
    }))
  },
}

const built = await Bun.build({
  entrypoints: programs.map((file) => join(root, 'src', file)),
  // A file of the folder it is started in must not become part of the program.
  compile: { outfile: out, autoloadBunfig: false },
  target: 'bun',
  plugins: [withWeb],
})
rmSync(webFiles)
if (!built.success) {
  for (const message of built.logs) console.error(String(message))
  process.exit(1)
}
console.log(`${out}, ${Math.round(Bun.file(out).size / 2 ** 20)} MiB`)
