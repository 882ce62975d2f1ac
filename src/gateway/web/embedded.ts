import type { Packed } from './files.ts'

/** The built web client, in the one file that scripts/build.ts makes: it puts its own module in the place of this one. */
export const embedded: (() => Promise<Packed>) | undefined = undefined
