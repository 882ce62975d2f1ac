/** The tables of messages, outbox rows and follow edges. Only ever append; a changed table is a new version. */
export const roadTables: readonly string[] = []
