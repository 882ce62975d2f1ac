/**
 * Loaded before the server of the screenshots: its clock is as many milliseconds late as the file says that ROOKERY_CLOCK
 * names, so that what is written within seconds has been written over a day.
 */
import { readFileSync } from 'node:fs'

/** How often the file is looked at, in milliseconds. */
export const lookMs = 20
const file = process.env.ROOKERY_CLOCK
const { now } = Date
let [late, looked] = [0, Number.NEGATIVE_INFINITY]

if (file !== undefined) {
  Date.now = () => {
    if (performance.now() - looked > lookMs) [late, looked] = [Number(readFileSync(file, 'utf8')), performance.now()]
    return now() - late
  }
}
