import { unreachable } from './http.ts'

/**
 * Each line of an answer's body as JSON, as soon as it is there; no more is read than is taken. Throws the signal's reason,
 * and RookeryError where the answer breaks off.
 */
export async function* linesOf(
  response: Response,
  signal?: AbortSignal,
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  // A read that nothing comes for ends by this.
  const giveUp = () => void reader.cancel().catch(() => {})
  signal?.addEventListener('abort', giveUp)
  try {
    for (let ended = false; !ended; ) {
      const { value, done } = await reader.read()
      signal?.throwIfAborted()
      ended = done
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) yield JSON.parse(line)
      signal?.throwIfAborted()
    }
    if (rest !== '') yield JSON.parse(rest)
  } catch (error) {
    throw signal?.aborted ? signal.reason : unreachable(error)
  } finally {
    signal?.removeEventListener('abort', giveUp)
    await reader.cancel().catch(() => {})
  }
}
