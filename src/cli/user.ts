import { choice, flag, type Options, text, Usage } from '../options.ts'
import { userRoles } from '../ports/users.ts'
import type { ListedAct, ListedUser, Operators } from '../services/operators.ts'
import { type Arguments, type Form, installationOptions, readArguments } from './arguments.ts'
import { withOperators } from './installation.ts'

const json = flag({ flag: 'json', help: 'print JSON, one object a line in lists' })

function form<Own extends Options>(name: string, does: string, positionals: string[], own: Own, notes?: string) {
  const shared = installationOptions
  return { name: `user ${name}`, does, positionals, own: { ...own, json }, shared, ...(notes && { notes }) }
}

const forms = {
  list: form('list', 'Lists all accounts', [], {
    role: choice({ flag: 'role', help: 'only those of this role' }, 'all', ['all', ...userRoles]),
    suspended: flag({ flag: 'suspended', help: 'only those who are suspended' }),
  }),
  show: form('show', 'Shows one account', ['HANDLE'], {}),
  role: form(
    'role',
    'Makes an account a user, a moderator or an admin',
    ['HANDLE', 'ROLE'],
    {},
    'ROLE is user, moderator or admin. The first admin of an installation is made so, on the machine itself.',
  ),
  suspend: form('suspend', 'Hides an account and its messages from everybody, and ends its sessions', ['HANDLE'], {
    reason: text({ flag: 'reason', help: 'why, for the audit log' }, 'none given'),
  }),
  restore: form('restore', 'Brings a suspended account back, with all it had', ['HANDLE'], {}),
  delete: form('delete', 'Deletes an account with all it owns, for good', ['HANDLE'], {
    yes: flag({ flag: 'yes', help: 'needed, since nothing brings it back' }),
  }),
  password: form(
    'password',
    'Gives an account a new password, made up and printed, and ends its sessions',
    ['HANDLE'],
    { stdin: flag({ flag: 'stdin', help: 'read the password from standard input instead' }) },
  ),
  invite: form('invite', 'Makes an invitation for `--registration invite`: good for one account', [], {}),
  log: form('log', 'Shows what moderators and operators did, newest first', [], {
    all: flag({ flag: 'all', help: 'everything, not only the newest 100' }),
  }),
}
type Name = keyof typeof forms
type Given<N extends Name> = Arguments<(typeof forms)[N]['own']>

const print = (line: string) => void process.stdout.write(`${line}\n`)
const printJson = (value: unknown) => print(JSON.stringify(value))
const handleOf = ({ positionals }: { positionals: readonly string[] }) => positionals[0]!.replace(/^@/, '')

const commands: { readonly [N in Name]: (given: Given<N>, operators: Operators) => Promise<void> } = {
  async list({ own }, operators) {
    const wanted = (user: ListedUser) =>
      (own.role === 'all' || user.role === own.role) && (!own.suspended || user.suspendedAt !== undefined)
    for (let page: string | undefined; ; ) {
      const { users, next } = await operators.list(page === undefined ? {} : { page })
      for (const user of users.filter(wanted)) own.json ? printJson(user) : print(userLine(user))
      if (next === undefined) return
      page = next
    }
  },
  async show(given, operators) {
    const user = await operators.show({ handle: handleOf(given) })
    if (given.own.json) return printJson(user)
    const { followers, following, messages, bio, createdAt, suspendedAt } = user
    print(userLine(user))
    print(`  made ${createdAt}${suspendedAt ? `, suspended ${suspendedAt}` : ''}`)
    print(`  ${messages} messages, ${followers} followers, follows ${following}`)
    if (bio !== '') print(`  ${bio.replaceAll('\n', '\n  ')}`)
  },
  async role(given, operators) {
    const role = userRoles.find((one) => one === given.positionals[1])
    if (role === undefined) throw new Usage(`ROLE is one of ${userRoles.join(', ')}, not \`${given.positionals[1]}\`.`)
    changed(given, await operators.role({ handle: handleOf(given), role }), `is now ${role}`)
  },
  async suspend(given, operators) {
    const { reason } = given.own
    changed(given, await operators.suspend({ handle: handleOf(given), reason }), 'is suspended')
  },
  async restore(given, operators) {
    changed(given, await operators.restore({ handle: handleOf(given) }), 'is restored')
  },
  async delete(given, operators) {
    if (!given.own.yes) throw new Usage('Nothing brings a deleted account back: say --yes.')
    changed(given, await operators.delete({ handle: handleOf(given) }), 'is deleted')
  },
  async password(given, operators) {
    const { stdin, json } = given.own
    const password = stdin ? { password: (await Bun.stdin.text()).replace(/\r?\n$/, '') } : {}
    const set = await operators.password({ handle: handleOf(given), ...password })
    if (json) return printJson(stdin ? { handle: set.handle } : set)
    print(stdin ? `@${set.handle} has the new password` : set.password)
  },
  async invite({ own }, operators) {
    const invite = await operators.invite({})
    if (own.json) printJson(invite)
    else print(invite.code)
  },
  async log({ own }, operators) {
    for (let before: number | undefined; ; ) {
      const { acts, next } = await operators.log(before === undefined ? {} : { before })
      for (const act of acts) own.json ? printJson(act) : print(actLine(act))
      if (next === undefined || !own.all) return
      before = next
    }
  },
}

function changed({ own }: { own: { readonly json: boolean } }, user: ListedUser, said: string): void {
  if (own.json) printJson(user)
  else print(`@${user.handle} ${said}`)
}

function userLine({ id, handle, name, role, suspendedAt }: ListedUser): string {
  const marks = [...(role === 'user' ? [] : [role]), ...(suspendedAt ? ['suspended'] : [])]
  return [`@${handle}`.padEnd(32), id, ...marks, name].join('  ')
}

function actLine({ at, actor, act, user, subject, note }: ListedAct): string {
  const who = actor ? `@${actor.handle || actor.id}` : 'the shell'
  const whom = user ? [`@${user.handle || user.id}`] : []
  return [at, who, act, ...whom, ...(subject ? [subject] : []), note.replaceAll('\n', ' ')].join('  ').trimEnd()
}

const help = `Usage: rookery user COMMAND [OPTION…]

Accounts, from the shell of the machine itself; while a server runs on the data folder it is asked through a socket there.

${Object.values(forms)
  .map(({ name, positionals, does }) => `  ${[name, ...positionals].join(' ').padEnd(28)}${does}`)
  .join('\n')}

\`rookery user COMMAND --help\` lists a command's options.
`

export async function userCommand(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv
  if (name === '--help' || name === '-h') {
    process.stdout.write(help)
    return 0
  }
  if (!Object.hasOwn(forms, name)) throw new Usage(`Say what to do: ${Object.keys(forms).join(', ')}; see --help.`)
  const read = readArguments(forms[name as Name] as Form<Options>, rest)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  await withOperators(read.config, (operators) => commands[name as Name](read as never, operators))
  return 0
}
