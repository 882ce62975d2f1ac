/** The door of the SDK in Node and Bun. */

export * from './browser.ts'
// Takes the place of the browser's, which throws.
export { fileStore } from './file-store.ts'
