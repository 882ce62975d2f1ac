import { afterAll } from 'bun:test'
import { linksContract } from '../../src/ports/links.contract.ts'
import { dropEmptied, openEmpty } from './opened.ts'

afterAll(dropEmptied, 120_000)

linksContract('cluster', openEmpty)
