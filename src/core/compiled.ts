/** Whether this program runs as the one file that scripts/build.ts makes, where the project's other files are absent. */
export const compiled = import.meta.url.startsWith('file:///$bunfs/')
