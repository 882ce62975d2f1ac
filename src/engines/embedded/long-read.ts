import { workerUrl } from './worker-url.ts'

export interface LongReadRequest {
  readonly path: string
  readonly sql: string
  readonly args: readonly (string | number)[]
}

export type LongReadAnswer = { readonly rows: unknown[][] } | { readonly code: string; readonly message: string }

/**
 * The rows of one statement that changes nothing in the database at `path` and may take minutes: on a thread and a
 * connection of its own, beside whoever serves or writes. Meanwhile the writer's log is not carried over past the moment
 * the statement began, so it grows by what is written. Throws what SQLite does, with its `code`.
 */
export async function longRead(path: string, sql: string, ...args: (string | number)[]): Promise<unknown[][]> {
  const worker = new Worker(workerUrl('long-read-worker.ts'))
  try {
    const answer = await new Promise<LongReadAnswer>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data as LongReadAnswer)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage({ path, sql, args } satisfies LongReadRequest)
    })
    if ('rows' in answer) return answer.rows
    throw Object.assign(new Error(answer.message), { code: answer.code })
  } finally {
    worker.terminate()
  }
}
