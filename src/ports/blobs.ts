/** Bytes out of a blob, from the first asked for on. */
export type BlobBody = Blob | ReadableStream<Uint8Array>

/**
 * Where the bytes of uploads are: names (hex digits, dots, dashes) and what they hold. Who knows which there are is
 * `MediaStore`.
 */
export interface Blobs {
  /** A folder for what is being received and worked on; what lies there belongs to this process alone. */
  readonly spool: string
  /** [BL1] Durable, and whole or not at all: the file at `path`, which is the store's from then on. Replaces what was there. */
  put(name: string, path: string): Promise<void>
  /** [BL2] The bytes from `from` to before `to`; undefined where there is no such blob. */
  read(name: string, from: number, to: number): Promise<BlobBody | undefined>
  /** [BL3] Durable; removing what is not there changes nothing. */
  remove(name: string): Promise<void>
  /** [BL4] The text under that name, `text` where there was none before. Only one process at a time may set it. */
  mark(name: string, text: string): Promise<string>
  /** [BL5] The text under that name, the same for all who share the store; undefined where nobody has set one. */
  marked(name: string): Promise<string | undefined>
  /** Lets go of the spool. */
  close(): Promise<void>
}
