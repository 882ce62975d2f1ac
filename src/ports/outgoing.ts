export interface OutgoingRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** What is read of the answer; without it, `outgoingAnswerBytesMax`. */
  readonly bytesMax?: number
  readonly signal?: AbortSignal
}

export interface OutgoingAnswer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Undefined where it was larger than `bytesMax`, and cut off. */
  readonly body: Uint8Array | undefined
}

/** Calls to addresses that people gave, who may mean the network that the server stands in. */
export interface Outgoing {
  /**
   * [O11] What is wrong with the URL, going on from its name ("must be …"); undefined where it is https to a public host.
   * A host that does not resolve just now passes: `request` looks again.
   */
  fault(url: string): Promise<string | undefined>
  /**
   * [O12] One request to a URL that has no fault at that moment: its host is resolved once, every address of it must be
   * public, and the connection goes to one of these. [O13] No redirect is followed. [O14] It ends within `outgoingWithinMs`.
   * @throws OutgoingRefused, or the network's own error
   */
  request(url: string, what: OutgoingRequest): Promise<OutgoingAnswer>
}

/** The URL may not be called. The message is its fault. */
export class OutgoingRefused extends Error {
  constructor(fault: string) {
    super(fault)
    this.name = 'OutgoingRefused'
  }
}
