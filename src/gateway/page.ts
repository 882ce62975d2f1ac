import type { TimelinePage } from '../services/timeline.ts'

/** A page of the home timeline as JSON, its messages put in as they are. */
export function renderPage({ messages, cursor, more, next, deleted }: TimelinePage): string {
  let json = `{"messages":[${messages.join(',')}]`
  if (cursor !== undefined) json += `,"cursor":"${cursor}"`
  if (more !== undefined) json += `,"more":${more}`
  if (next !== undefined) json += `,"next":"${next}"`
  if (deleted !== undefined) json += `,"deleted":[${deleted.map((id) => `"${id}"`).join(',')}]`
  return `${json}}`
}
