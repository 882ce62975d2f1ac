import { UserNumbers } from '../../core/user-numbers.ts'
import { EdgeList } from './bulk-load-edges.ts'
import { memberNumbers } from './graph-pages.ts'

/** The edge list cannot be read. The message is one sentence for the person who gave it. */
export class BadEdgeList extends Error {
  override readonly name = 'BadEdgeList'
}

export interface EdgeFile {
  /** The edges, by index of the nodes; self-follows are left out, repeats are not. */
  readonly edges: EdgeList
  /** The node's number in the file, by index: in the order in which they appear. */
  readonly nodes: Float64Array
  readonly selfFollows: number
}

const newline = 10
const carriageReturn = 13
const tab = 9
const space = 32
const hash = 35
const digit0 = 48
const digit9 = 57

/** Node numbers have at most this many digits, so that they, and handles made of them, are exact. */
const nodeDigitsMax = 15

/**
 * Reads an edge list, `follower followee` a line, `#` comments, plain or gzip, as a stream.
 * @throws BadEdgeList, with the line
 */
export async function readEdgeFile(path: string, progress: (bytes: number) => void): Promise<EdgeFile> {
  const file = Bun.file(path)
  if (!(await file.exists())) {
    throw new BadEdgeList(`There is no edge list ${path}: give a file, or \`synthetic:users=…\`.`)
  }
  const magic = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  const zipped = magic[0] === 0x1f && magic[1] === 0x8b
  let read = 0
  const raw = file.stream().pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        read += chunk.length
        progress(read)
        controller.enqueue(chunk)
      },
    }),
  )
  const parser = new EdgeParser(path)
  try {
    const unzip = () => new DecompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>
    const unzipped = zipped ? raw.pipeThrough(unzip()) : raw
    for await (const chunk of unzipped) parser.read(chunk)
  } catch (problem) {
    if (problem instanceof BadEdgeList) throw problem
    const why = problem instanceof Error ? problem.message : String(problem)
    throw new BadEdgeList(`${path} cannot be read to its end (${why}): is the file whole?`)
  }
  return parser.end()
}

/** Nodes below this are looked up in an array, of which only the parts in use are real memory. */
const smallNodes = 2 ** 24

/** Reads lines byte by byte: a string for each of 100 million lines would cost more than all the rest. */
class EdgeParser {
  readonly #path: string
  readonly #edges = new EdgeList()
  /** Nodes by index + 1; their numbers + 1, because 0 is nobody there. */
  readonly #nodes = new UserNumbers()
  /** The index + 1 of nodes with small numbers: nearly all of them in most lists, and one access in place of two. */
  readonly #small = new Uint32Array(smallNodes)
  #selfFollows = 0
  #line = 1
  /** Where in the line: 0 before the follower, 1 in it, 2 behind it, 3 in the followee, 4 behind it, 5 in a comment. */
  #state = 0
  #digits = 0
  #value = 0
  #follower = 0

  constructor(path: string) {
    this.#path = path
  }

  read(bytes: Uint8Array): void {
    let state = this.#state
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!
      if (byte >= digit0 && byte <= digit9 && state < 4) {
        if (state === 0 || state === 2) {
          state++
          this.#value = 0
          this.#digits = 0
        }
        this.#value = this.#value * 10 + (byte - digit0)
        if (++this.#digits > nodeDigitsMax) throw this.#bad(`a node has at most ${nodeDigitsMax} digits`)
      } else if (byte === newline) {
        if (state === 3) this.#edge()
        else if (state === 1 || state === 2) throw this.#bad('there is one node only')
        this.#line++
        state = 0
      } else if (state === 5) {
        // A comment runs to the end of its line.
      } else if (byte === space || byte === tab || byte === carriageReturn) {
        if (state === 1) {
          this.#follower = this.#value
          state = 2
        } else if (state === 3) {
          this.#edge()
          state = 4
        }
      } else if (byte === hash && (state === 0 || state === 4)) state = 5
      else throw this.#bad('nodes are whole numbers')
    }
    this.#state = state
  }

  end(): EdgeFile {
    this.read(Uint8Array.of(newline))
    const nodes = new Float64Array(this.#nodes.size)
    for (let i = 0; i < nodes.length; i++) nodes[i] = this.#nodes.id(i + 1) - 1
    return { edges: this.#edges, nodes, selfFollows: this.#selfFollows }
  }

  #edge(): void {
    const from = this.#index(this.#follower)
    const to = this.#index(this.#value)
    if (from === to) this.#selfFollows++
    else this.#edges.push(from, to)
  }

  #index(node: number): number {
    const number = node < smallNodes ? this.#small[node]! : this.#nodes.number(node + 1)
    if (number !== 0) return number - 1
    const next = this.#nodes.size + 1
    if (next >= memberNumbers) throw this.#bad(`an installation has at most ${memberNumbers - 1} users`)
    this.#nodes.add(next, node + 1)
    if (node < smallNodes) this.#small[node] = next
    return next - 1
  }

  #bad(why: string): BadEdgeList {
    return new BadEdgeList(
      `${this.#path}, line ${this.#line}: ${why}; a line is \`follower followee\`, or a # comment.`,
    )
  }
}
