import { sizeText } from '../../core/units.ts'
import type { Manifest } from './manifest.ts'

const number = (n: number | undefined) => (n ?? 0).toLocaleString('en-US')
const bytesOf = ({ files }: Manifest) => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** What of a backup people look at, as part of a sentence. */
export function contents(manifest: Manifest): string {
  const { rows, files, at } = manifest
  const beside = files.length > 1 ? ` and ${number(files.length - 1)} files` : ''
  return `${number(rows.users)} users, ${number(rows.messages)} messages${beside}, ${sizeText(bytesOf(manifest))}, as of ${at}`
}

export function contentsJson(manifest: Manifest, ends: { from: string; to: string }, ms: number): string {
  const { at, rows, files, installation, schema } = manifest
  const seconds = Math.round(ms) / 1_000
  return `${JSON.stringify({ ...ends, at, seconds, bytes: bytesOf(manifest), files: files.length, rows, installation, schema })}\n`
}
