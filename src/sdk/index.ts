/** The door of the SDK in Node and Bun. */

export * from './browser.ts'
