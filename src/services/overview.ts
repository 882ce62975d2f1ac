import type { UserId } from '../core/ids.ts'
import { hotAuthorsShown, hotEntriesShown } from '../core/limits.ts'
import type { Engines, Installation } from '../core/wire-operations.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Members } from '../ports/members.ts'
import type { Profiles } from './profiles.ts'

export interface Overview {
  /** The installation as this process sees it, its engines included where they are of a cluster. */
  installation(): Promise<Installation>
  /** Where a process answers, `host:port`; undefined where no living one has that number. */
  addressOf(node: number): Promise<string | undefined>
}

/** What operators see of an installation beside the figures of each of its processes. */
export function createOverview({
  members,
  hotLog,
  profiles,
  engines,
}: {
  members: Pick<Members, 'node' | 'list'>
  hotLog: Pick<HotLog, 'head' | 'after'>
  profiles: Pick<Profiles, 'authorJson'>
  /** What there is beside this process; undefined where everything is in it. */
  engines: (() => Promise<Engines>) | undefined
}): Overview {
  async function hotAuthors(): Promise<Installation['hotAuthors']> {
    const counts = new Map<UserId, number>()
    for (const { author } of hotLog.after(Math.max(0, hotLog.head() - hotEntriesShown), hotEntriesShown)) {
      counts.set(author, (counts.get(author) ?? 0) + 1)
    }
    const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, hotAuthorsShown)
    return Promise.all(
      most.map(async ([author, messages]) => ({ author: JSON.parse(await profiles.authorJson(author)), messages })),
    )
  }

  return {
    async installation() {
      const [list, hot, found] = await Promise.all([members.list(), hotAuthors(), engines?.()])
      const instances = list
        .map(({ node, address, roles }) => ({ node, address, roles: [...roles], self: node === members.node }))
        .sort((a, b) => a.node - b.node)
      return { instances, hotAuthors: hot, ...(found && { engines: found }) }
    },
    addressOf: async (node) => (await members.list()).find((member) => member.node === node)?.address,
  }
}
