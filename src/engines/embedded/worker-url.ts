import { compiled } from '../../core/compiled.ts'

/**
 * Where the program of a thread is, a file of this folder. In the executable that scripts/build.ts makes all code stands at
 * the root, and the threads' programs where they lie beneath `src`.
 */
export function workerUrl(file: string): string {
  return new URL(compiled ? `./engines/embedded/${file}` : `./${file}`, import.meta.url).href
}
