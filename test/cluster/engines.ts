import { borrowEngines, type Engines } from '../../scripts/borrow-engines.ts'
import type { Addresses } from '../../src/cli/cluster/trial.ts'

const kept = Symbol.for('rookery.test.engines')
const store = globalThis as { [kept]?: Promise<Engines> }

/**
 * Where one Cassandra node, Redis and NATS with JetStream listen for this test run: those that ROOKERY_TEST_CASSANDRA,
 * ROOKERY_TEST_REDIS and ROOKERY_TEST_NATS name, else new ones that end with this process. They are shared: use a keyspace
 * of your own, and drop what you made.
 */
export async function testEngines(): Promise<Addresses> {
  const engines = await (store[kept] ??= borrowEngines())
  Object.assign(process.env, engines.environment)
  return engines.addresses
}
