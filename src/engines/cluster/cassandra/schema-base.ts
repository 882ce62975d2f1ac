/** The tables of users, keys, likes, the hot log and the processes. Only ever append; a changed table is a new version. */
export const baseTables: readonly string[] = []
