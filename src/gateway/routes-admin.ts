import { metricsBytesMax, otherMetricsMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { Installation, InstanceQuery } from '../core/wire-operations.ts'
import type { Overview } from '../services/overview.ts'
import type { Roles } from '../services/roles.ts'
import type { MetricsText } from './routes-operations.ts'
import { type Row, row } from './table.ts'

export interface AdminNeeds {
  readonly roles: Pick<Roles, 'mustAdminister'>
  readonly overview: Overview
  readonly metrics: MetricsText
}

/** What the page at `/admin` shows: of the whole installation, whichever process answers. */
export function adminRows({ roles, overview, metrics }: AdminNeeds): Row[] {
  return [
    row({
      method: 'GET',
      path: '/admin/installation',
      does: 'Tells what the installation is made of, for admins',
      more: 'Its processes, the authors who are pulled, and on a cluster the nodes of its engines, the ring and the streams.',
      answers: { 200: Installation },
      refuses: ['forbidden'],
      async handle({ reader }) {
        await roles.mustAdminister(reader)
        return { status: 200, json: await overview.installation() }
      },
    }),
    row({
      method: 'GET',
      path: '/admin/metrics',
      does: 'Gives the metrics of one process of the installation, for admins',
      more: 'The text is that of `/metrics`. With `node` another process is asked for it.',
      query: InstanceQuery,
      answers: { 200: 'text/plain' },
      refuses: ['forbidden', 'no_such_instance', 'unavailable'],
      async handle({ reader, query: { node } }) {
        await roles.mustAdminister(reader)
        const text = node === undefined ? await metrics.metrics() : await metricsOf(node)
        return new Response(text, { headers: { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' } })
      },
    }),
  ]

  async function metricsOf(node: number): Promise<string> {
    const address = await overview.addressOf(node)
    if (address === undefined) {
      throw new Refusal('no_such_instance', 'No process of this installation has that number: ask for the list again.')
    }
    return address === '' ? metrics.metrics() : readMetrics(`http://${address}/metrics`)
  }
}

/** @throws Refusal `unavailable` */
async function readMetrics(url: string): Promise<string> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(otherMetricsMs) })
    if (!response.ok) throw new Error(`${url} answers ${response.status}`)
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > metricsBytesMax) throw new Error(`${url} has more than ${metricsBytesMax} bytes`)
    }
    return text
  } catch {
    throw new Refusal('unavailable', 'That process does not give its metrics at the moment: ask again shortly.')
  }
}
