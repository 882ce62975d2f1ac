import { afterAll } from 'bun:test'
import { activityContract } from '../../src/ports/activity.contract.ts'
import { notificationsContract } from '../../src/ports/notifications.contract.ts'
import { dropEmptied, openEmpty } from './opened.ts'

afterAll(dropEmptied, 120_000)

notificationsContract('cluster', openEmpty)
activityContract('cluster', openEmpty)
