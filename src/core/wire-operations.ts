import { type Static, Type } from 'typebox'
import { nodesMax } from './ids.ts'
import { Author } from './wire.ts'

/** What the page for operators shows beside `/metrics`. */

const count = Type.Integer({ minimum: 0 })

/** A process of the installation. */
export const Instance = Type.Object({
  node: count,
  /** `host:port` where others reach it; empty where there are no others. */
  address: Type.String(),
  roles: Type.Array(Type.String()),
  /** Whether this very process answered. */
  self: Type.Boolean(),
})

/** The engines of a cluster, as this process sees them. */
export const Engines = Type.Object({
  cassandra: Type.Array(
    Type.Object({
      address: Type.String(),
      up: Type.Boolean(),
      version: Type.String(),
      /** The part of the ring that it owns first, from 0 to 1. */
      ringShare: Type.Number({ minimum: 0, maximum: 1 }),
    }),
  ),
  redis: Type.Array(
    Type.Object({
      address: Type.String(),
      up: Type.Boolean(),
      version: Type.Optional(Type.String()),
      /** What its keys take. */
      usedBytes: Type.Optional(count),
    }),
  ),
  /** Absent while NATS is away. */
  streams: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        messages: count,
        bytes: count,
        /** Absent while it has none, and where one server stands alone. */
        leader: Type.Optional(Type.String()),
        /** How many servers hold it, and how many of them are up to date. */
        replicas: count,
        current: count,
      }),
    ),
  ),
})
export type Engines = Static<typeof Engines>

export const Installation = Type.Object({
  instances: Type.Array(Instance),
  /** Authors of the newest messages that are pulled instead of pushed, the one with most of them first. */
  hotAuthors: Type.Array(Type.Object({ author: Author, messages: count })),
  engines: Type.Optional(Engines),
})
export type Installation = Static<typeof Installation>

export const InstanceQuery = Type.Object({
  /** Whose metrics; absent: those of the process that answers. */
  node: Type.Optional(Type.Integer({ minimum: 0, maximum: nodesMax - 1, description: 'the `node` of an instance' })),
})
