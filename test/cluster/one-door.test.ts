import { afterAll } from 'bun:test'
import { sharedRatesContract } from '../../src/ports/rates.contract.ts'
import { allContracts } from '../contract/suites.ts'
import { dropEmptied, openEmpty } from './opened.ts'

afterAll(dropEmptied, 120_000)

/** Every port's suite through `openCluster`, on one server of each engine: minutes, for each test that begins with nothing. */
allContracts('cluster', openEmpty)
sharedRatesContract('cluster', openEmpty)
