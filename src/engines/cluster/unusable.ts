/**
 * An engine of the cluster cannot be used, or must not be: it is away, refuses us, or its settings could lose what was
 * acknowledged. The message is one sentence for the person who started this process, and holds no secret.
 */
export class EngineUnusable extends Error {
  override readonly name = 'EngineUnusable'
}
