import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rookery, temporaryFolder } from '../system/server.ts'
import { oneSentence, rookeryEnds } from './process.ts'

const folder = temporaryFolder()
const absent = join(folder.path, 'absent')
afterAll(() => folder.remove())

describe('rookery cluster, without any engine', () => {
  test('--help of it and of each of its commands', async () => {
    expect(await rookeryEnds('cluster', '--help')).toMatchObject({
      status: 0,
      out: expect.stringContaining('add-node'),
    })
    for (const name of ['up', 'add-node', 'status', 'down']) {
      const { status, out, errors } = await rookeryEnds('cluster', name, '--help')
      expect([status, errors]).toEqual([0, ''])
      expect(out).toStartWith(`Usage: rookery cluster ${name} [OPTION…]\n`)
      expect(out).toContain('--dir FOLDER')
    }
  })

  test('wrong usage is one sentence and status 2', async () => {
    for (const wrong of [[], ['upp'], ['up', 'now'], ['up', '--nodes', '3'], ['status', '--dir']]) {
      const { status, out, errors } = await rookeryEnds('cluster', ...wrong)
      expect([status, out]).toEqual([2, ''])
      expect(errors).toMatch(oneSentence)
    }
  })

  test('where there is no trial, status and add-node say so, and down is harmless', async () => {
    for (const name of ['status', 'add-node']) {
      const { status, errors } = await rookeryEnds('cluster', name, '--dir', absent)
      expect([status, errors]).toEqual([1, expect.stringMatching(oneSentence)])
      expect(errors).toContain(absent)
    }
    expect(await rookeryEnds('cluster', 'down', '--dir', absent)).toMatchObject({ status: 0, errors: '' })
    expect(existsSync(absent)).toBe(false)
  })

  test('a folder with other things, a file, and a state of another version are left alone', async () => {
    const other = join(folder.path, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'thesis.txt'), 'mine')
    const strange = join(folder.path, 'strange')
    mkdirSync(strange)
    writeFileSync(join(strange, 'trial.json'), '{"version":99}')
    for (const dir of [other, join(other, 'thesis.txt'), strange]) {
      const { status, errors } = await rookeryEnds('cluster', 'up', '--dir', dir)
      expect([status, errors]).toEqual([1, expect.stringMatching(oneSentence)])
    }
    expect(readdirSync(other)).toEqual(['thesis.txt'])
  })

  test('without engines and without the tools that fetch them, up says what is missing and leaves nothing', async () => {
    const child = rookery(['cluster', 'up', '--dir', absent], {
      env: { PATH: folder.path, XDG_CACHE_HOME: join(folder.path, 'cache'), JAVA_HOME: '', CASSANDRA_HOME: '' },
    })
    const errors = await new Response(child.stderr as ReadableStream).text()
    expect(await child.exited).toBe(1)
    const sentence = errors.trimEnd().split('\n').at(-1)
    expect(sentence).toMatch(/^rookery: .*Redis is missing.*NATS is missing.*\.$/)
    expect(existsSync(absent)).toBe(false)
  })
})
