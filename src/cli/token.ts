import { flag } from '../options.ts'
import { type Form, installationOptions, readArguments } from './arguments.ts'
import { newToken } from './installation.ts'

const form = {
  name: 'token',
  does: 'Prints a new token for a user, who must exist',
  positionals: ['HANDLE'],
  own: { json: flag({ flag: 'json', help: 'print `{"handle","token"}`' }) },
  shared: installationOptions,
} satisfies Form<Record<string, ReturnType<typeof flag>>>

export async function tokenCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const handle = read.positionals[0]!.replace(/^@/, '')
  const token = await newToken(read.config, handle)
  process.stdout.write(`${read.own.json ? JSON.stringify({ handle: handle.toLowerCase(), token }) : token}\n`)
  return 0
}
