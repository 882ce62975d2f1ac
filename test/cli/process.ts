import { rookery } from '../system/server.ts'

export interface Ended {
  readonly status: number
  readonly out: string
  readonly errors: string
}

/** Runs a command of `./rookery` to its end. */
export function rookeryEnds(...args: string[]): Promise<Ended> {
  return ending(rookery(args))
}

/** What a command that was started has said when it ends. */
export async function ending(child: ReturnType<typeof rookery>): Promise<Ended> {
  const text = (stream: unknown) => new Response(stream as ReadableStream).text()
  const [out, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), child.exited])
  return { status, out, errors }
}

/** One sentence for a person: one line, a full stop, no stack trace. */
export const oneSentence = /^rookery: [^\n]+\.\n$/
