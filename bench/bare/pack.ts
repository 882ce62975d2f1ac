/**
 * Bare limit of `load`: the same edges sorted both ways, packed as differences in rows of 1,000 and written, by a plain
 * script. Making the edges is not timed. Arguments: users, mean, max, seed, the file to write.
 */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { syntheticFollowees } from '../../src/engines/embedded/bulk-load-synthetic.ts'

const [users, mean, max, seed] = process.argv.slice(2, 6).map(Number) as [number, number, number, number]
const path = process.argv[6]!
const { offsets, members } = syntheticFollowees({ users, mean, max, seed }, () => {})
const began = performance.now()

/** Who follows each user: a counting sort, which leaves the lists sorted. */
const counts = new Uint32Array(users + 1)
for (const member of members) counts[member + 1]! += 1
for (let i = 1; i <= users; i++) counts[i]! += counts[i - 1]!
const followers = new Uint32Array(members.length)
const place = counts.slice()
for (let owner = 0; owner < users; owner++) {
  for (let i = offsets[owner]!; i < offsets[owner + 1]!; i++) followers[place[members[i]!]!++] = owner
}

const rowMax = 1_000
const bufferBytes = 1 << 22
const buffer = new Uint8Array(bufferBytes + 8 * rowMax)
const file = openSync(path, 'w')
let [at, bytes] = [0, 0]

/** Writes a number in groups of seven bits, smallest first. */
function varint(value: number): void {
  let rest = value
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  buffer[at++] = rest
}

function pack(lists: Uint32Array, all: Uint32Array): void {
  for (let owner = 0; owner < users; owner++) {
    for (let from = lists[owner]!; from < lists[owner + 1]!; from += rowMax) {
      const end = Math.min(from + rowMax, lists[owner + 1]!)
      varint(owner)
      varint(end - from)
      let last = 0
      for (let i = from; i < end; i++) {
        varint(all[i]! - last)
        last = all[i]!
      }
      if (at >= bufferBytes) flush()
    }
  }
}

function flush(): void {
  writeSync(file, buffer, 0, at)
  bytes += at
  at = 0
}

pack(offsets, members)
pack(counts, followers)
flush()
fsyncSync(file)
closeSync(file)
process.stdout.write(JSON.stringify({ seconds: (performance.now() - began) / 1000, bytes, edges: members.length }))
rmSync(path)
