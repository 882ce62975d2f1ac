import { flag } from '../options.ts'
import type { Explanation } from '../services/explain.ts'
import { type Form, installationOptions, readArguments } from './arguments.ts'
import { explanation } from './installation.ts'

const form = {
  name: 'explain',
  does: "Says why a reader's timeline costs what it costs: the inbox, which followees are pulled and why, the last fetch",
  positionals: ['HANDLE'],
  own: { json: flag({ flag: 'json', help: 'print `{user, inbox, followees, lastFetch}` as JSON' }) },
  shared: installationOptions,
} satisfies Form<Record<string, ReturnType<typeof flag>>>

export async function explainCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const handle = read.positionals[0]!.replace(/^@/, '')
  const explained = await explanation(read.config, handle)
  process.stdout.write(read.own.json ? `${JSON.stringify(explained)}\n` : explanationText(explained))
  return 0
}

/** The explanation as a person reads it; of many followees the pulled ones first, and at most 50. */
export function explanationText({ user, inbox, followees, lastFetch }: Explanation): string {
  const pulled = followees.filter((f) => f.pulled)
  const shown = [...pulled, ...followees.filter((f) => !f.pulled)].slice(0, 50)
  const lines = [
    `@${user.handle} (${user.id})`,
    inbox.state === 'absent'
      ? 'inbox: not in memory; the next read builds it from the outboxes of those followed'
      : `inbox: ${inbox.size} ids up to position ${inbox.position} of epoch ${inbox.epoch}, complete above id ${inbox.floor}`,
    `follows ${followees.length}: ${followees.length - pulled.length} pushed, ${pulled.length} pulled`,
    ...shown.map((f) => `  @${f.handle.padEnd(30)} ${f.pulled ? 'pulled' : 'pushed'}  ${f.why}`),
  ]
  if (shown.length < followees.length) lines.push(`  … and ${followees.length - shown.length} more (--json lists all)`)
  const figures = Object.entries(lastFetch ?? {}).map(([key, value]) => `${key} ${value}`)
  lines.push(lastFetch ? `last fetch: ${figures.join(', ')}` : 'last fetch: none since this server started')
  return `${lines.join('\n')}\n`
}
