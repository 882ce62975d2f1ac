import { resolve } from 'node:path'
import { flag } from '../../options.ts'
import { readArguments } from '../arguments.ts'
import { dirOption, say } from './command.ts'
import { alone, endOther } from './lock.ts'
import { openTrial } from './trial.ts'

const form = {
  name: 'cluster down',
  does: 'Ends all that a trial cluster has started; its data stays for the next `up`',
  positionals: [],
  own: { dir: dirOption, delete: flag({ flag: 'delete', help: 'delete its data, settings and logs too' }) },
  shared: [],
  notes: 'Where nothing runs, nothing happens. An `up` or `add-node` that is still at work is ended first.',
}

export async function downCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const folder = resolve(read.own.dir)
  await endOther(folder)
  const trial = openTrial(folder, say)
  if (!trial) {
    process.stdout.write(`there is no trial cluster in ${folder}\n`)
    return 0
  }
  return alone(folder, async () => {
    const ended = await trial.down(read.own.delete ? 0 : undefined)
    process.stdout.write(ended === 0 ? `nothing runs in ${folder}\n` : `ended ${ended} processes of ${folder}\n`)
    if (read.own.delete) trial.remove()
    return 0
  })
}
