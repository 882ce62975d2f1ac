import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Export } from '../services/export.ts'
import { streamResponse } from './answer.ts'
import { type Row, row } from './table.ts'

/** `GET /users/me/export`: lines go out as fast as they are taken, and are read no faster. */
export function exportRows({ exportOf, log }: { exportOf: Export; log: Log }): Row[] {
  function brokenOff(error: unknown): void {
    // An engine that is away is no mistake of ours.
    if (error instanceof Refusal) log.warn({ err: error }, 'an export was broken off')
    else log.error({ err: error }, 'an export was broken off through a mistake of ours')
  }

  return [
    row({
      method: 'GET',
      path: '/users/me/export',
      does: 'Gives everything of one’s own, as lines of JSON',
      more: 'Each has its `kind`; the last is `end`, with how many came before it: without it the export was cut off.',
      answers: { 200: 'application/x-ndjson' },
      refuses: [],
      limit: 'exports',
      handle: async ({ reader, rate }) =>
        streamResponse(
          streamOf(exportOf(reader), brokenOff),
          {
            'Content-Type': 'application/x-ndjson',
            'Content-Disposition': 'attachment; filename="rookery-export.ndjson"',
          },
          rate,
        ),
    }),
  ]
}

const utf8 = new TextEncoder()

/**
 * Asks for the next piece only when the one before was taken. Whoever goes away ends the reading; what fails is told to
 * `failed` and cuts the connection, so that nobody takes half of it for the whole.
 */
function streamOf(pieces: AsyncGenerator<string, void>, failed: (error: unknown) => void): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { value, done } = await pieces.next()
          if (done) controller.close()
          else controller.enqueue(utf8.encode(value))
        } catch (error) {
          failed(error)
          // Without a reason: Bun would print it past the log.
          controller.error()
        }
      },
      async cancel() {
        await pieces.return()
      },
    },
    { highWaterMark: 1 },
  )
}
