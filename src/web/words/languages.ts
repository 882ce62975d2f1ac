import type { Words } from './index.ts'

/** The languages there are, by their tags: the bundler (src/gateway/web/bundle.ts) fills it with the files of this folder. */
export const languages: Readonly<Record<string, () => Promise<{ default: Words }>>> = {}
