import { afterAll } from 'bun:test'
import { pushContract } from '../../src/ports/push.contract.ts'
import { dropEmptied, openEmpty } from './opened.ts'

afterAll(dropEmptied, 120_000)

pushContract('cluster', openEmpty)
