import { describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import {
  nodeText,
  readCassandra,
  readNats,
  readNatsMonitors,
  readRedis,
  WrongSetting,
} from '../../src/engines/cluster/settings.ts'

const refusal = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(WrongSetting)
    return (error as Error).message
  }
  throw new Error('accepted')
}

describe('connection settings', () => {
  test('lists of hosts, with and without ports, IPv6 in brackets', () => {
    expect(readCassandra('127.0.0.1')).toEqual({ hosts: ['127.0.0.1'], port: 9042 })
    expect(readCassandra('a.example:9043, b.example:9043')).toEqual({ hosts: ['a.example', 'b.example'], port: 9043 })
    expect(readRedis('a,b:7000,[::1]:7001').nodes).toEqual([
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
      { host: '::1', port: 7001 },
    ])
    expect(readNats('[fd00::1]').nodes.map(nodeText)).toEqual(['[fd00::1]:4222'])
  })

  test('URLs: user, password, parameters', () => {
    const { password, ...rest } = readCassandra('cassandra://u:p%40%2F1@h1,h2/?dc=dc1&tls=true')
    expect(rest).toEqual({
      hosts: ['h1', 'h2'],
      port: 9042,
      user: 'u',
      dataCenter: 'dc1',
      tls: { verify: true },
    })
    expect(password!.reveal()).toBe('p@/1')
    expect(readCassandra('cassandra://u:p@x@h1').password!.reveal()).toBe('p@x')
    expect(readCassandra('CASSANDRA://h1?ca=/etc/ca.pem&cert=c&key=k&verify=false').tls).toEqual({
      authority: '/etc/ca.pem',
      certificate: 'c',
      key: 'k',
      verify: false,
    })
    expect(readRedis('rediss://:secret@h').password!.reveal()).toBe('secret')
    expect(readRedis('rediss://:secret@h').tls).toEqual({ verify: true })
    expect(readRedis('redis://h/').tls).toBeUndefined()
    expect(readNats('nats://token@h').token!.reveal()).toBe('token')
    expect(readNats('tls://u:p@h1:4333,h2?creds=f.creds')).toMatchObject({
      nodes: [
        { host: 'h1', port: 4333 },
        { host: 'h2', port: 4222 },
      ],
      user: 'u',
      credentials: 'f.creds',
      tls: { verify: true },
    })
  })

  test('monitoring ports are the client ports + 4000 unless they are given', () => {
    const nats = readNats('a:4222,b:5222')
    expect(readNatsMonitors(undefined, nats).map(nodeText)).toEqual(['a:8222', 'b:9222'])
    expect(readNatsMonitors('a:1,b', nats).map(nodeText)).toEqual(['a:1', 'b:8222'])
  })

  test('what cannot be read is refused with the option’s name, and without its text', () => {
    const wrong: [read: () => unknown, option: string][] = [
      ...[
        '',
        'h:0',
        'h:65536',
        'h:abc',
        'h,,i',
        'a b',
        'u:sesame@h',
        'http://u:sesame@h',
        'cassandra://u:ses/ame@h',
      ].map((text) => [() => readCassandra(text), '--cassandra'] as [() => unknown, string]),
      [() => readCassandra('cassandra://u:sesame@h1:1,h2:2'), '--cassandra'],
      [() => readCassandra('cassandra://u:sesame%@h'), '--cassandra'],
      [() => readCassandra('cassandra://usesame@h'), '--cassandra'],
      [() => readCassandra('cassandra://h/keyspace'), '--cassandra'],
      [() => readCassandra('cassandra://h?sesame=1'), '--cassandra'],
      [() => readCassandra('cassandra://h?tls=yes'), '--cassandra'],
      [() => readCassandra('cassandra://h?cert=sesame'), '--cassandra'],
      [() => readRedis('redis://u:sesame@h/3'), '--redis'],
      [() => readRedis('rediss://h?tls=false'), '--redis'],
      [() => readNats('amqp://u:sesame@h'), '--nats'],
      [() => readNatsMonitors('http://h', readNats('h')), '--nats-monitor'],
    ]
    for (const [read, option] of wrong) {
      const sentence = refusal(read)
      expect(sentence).toStartWith(`${option}: `)
      expect(sentence).toEndWith('.')
      expect(sentence).not.toContain('ses')
    }
  })

  test('settings that are logged by mistake hide their secrets', () => {
    const settings = [
      readCassandra('cassandra://u:sesame@h'),
      readRedis('redis://:sesame@h'),
      readNats('nats://sesame@h'),
    ]
    for (const text of [inspect(settings, { depth: 9 }), JSON.stringify(settings), String(settings[0]!.password)]) {
      expect(text).not.toContain('sesame')
      expect(text).toContain('(hidden)')
    }
  })
})
