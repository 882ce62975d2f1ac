import { type MediaRecord, type MediaStore, notThere } from '../../ports/media.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryMedia({ media }: MemoryTruth): MediaStore {
  function page(found: MediaRecord[], after: string | undefined, limit: number) {
    const rest = found.filter(({ id }) => after === undefined || id > after)
    const some = rest.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
    return { media: some, next: some.length < limit ? undefined : some.at(-1)!.id }
  }

  const owned = (owner: number) => [...media.values()].filter((medium) => medium.owner === owner)

  return {
    async add(medium) {
      if (!media.has(medium.id)) media.set(medium.id, medium)
    },
    async one(id) {
      return media.get(id)
    },
    async pass(id, from, to) {
      const medium = media.get(id)
      if (medium?.use !== from) return false
      media.set(id, { ...medium, use: to })
      return true
    },
    async remove({ id }) {
      if (media.get(id)?.use === notThere) media.delete(id)
    },
    async usage(owner) {
      const own = owned(owner)
      return { count: own.length, bytes: own.reduce((sum, one) => sum + one.bytes + one.previewBytes, 0) }
    },
    async ofOwner(owner, after, limit) {
      return page(owned(owner), after, limit)
    },
    async list(after, limit) {
      return page([...media.values()], after, limit)
    },
  }
}
