/**
 * Where a blob lies, in a folder as in a bucket: two levels deep, so that with a hundred million of them each folder holds a
 * few thousand. The same in both, so that one can be copied to the other by any tool.
 */
export const placeOf = (name: string): string => `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`
