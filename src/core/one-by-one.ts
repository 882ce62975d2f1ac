/** Does the works of one name one after the other, whatever becomes of each. Holds a name only while there is work of it. */
export function createOneByOne<Name>(): <T>(name: Name, work: () => Promise<T>) => Promise<T> {
  const last = new Map<Name, Promise<unknown>>()

  return async function oneByOne(name, work) {
    const before = last.get(name)
    const mine = before === undefined ? work() : before.then(work, work)
    last.set(name, mine)
    try {
      return await mine
    } finally {
      if (last.get(name) === mine) last.delete(name)
    }
  }
}
