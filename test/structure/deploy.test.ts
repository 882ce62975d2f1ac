import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readArguments } from '../../src/cli/arguments.ts'
import { serveForm } from '../../src/cli/serve.ts'

const root = resolve(import.meta.dir, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const manifests = 'examples/kubernetes'

interface Container {
  args?: string[]
  image: string
}
interface Manifest {
  kind: string
  data?: Record<string, string>
  stringData?: Record<string, string>
  resources?: string[]
  spec?: { template?: { spec: { containers: Container[] } } }
}
interface Compose {
  services: Record<string, { command?: string[]; image: string; environment?: Record<string, string> }>
  configs: { nats: { content: string } }
}

const compose = Bun.YAML.parse(read('compose.yaml')) as Compose
const files = readdirSync(join(root, manifests)).filter((file) => file.endsWith('.yaml'))
const kubernetes = files.flatMap((file) => [Bun.YAML.parse(read(join(manifests, file)))].flat() as Manifest[])
const containers = kubernetes.flatMap((manifest) => manifest.spec?.template?.spec.containers ?? [])

describe('compose.yaml and examples/kubernetes', () => {
  test('Rookery is started with options that it has', () => {
    const secret = kubernetes.find((manifest) => manifest.kind === 'Secret')!.stringData!
    const starts = [
      ...Object.values(compose.services).map((service) => ({ words: service.command, environment: {} })),
      ...containers.map((container) => ({ words: container.args, environment: secret })),
    ].filter(({ words }) => words?.[0] === 'serve')
    expect(starts).toHaveLength(3)
    for (const { words, environment } of starts) {
      const told = readArguments(serveForm, words!.slice(1), environment)
      expect('config' in told && told.config).toMatchObject({ engine: 'cluster', host: '0.0.0.0', replication: 3 })
      expect(
        'config' in told && [told.config.cassandra, told.config.nats].map((list) => list.split(',').length),
      ).toEqual([3, 3])
    }
  })

  test('the engines have the settings without which Rookery refuses them', () => {
    const nats = kubernetes.find((manifest) => manifest.kind === 'ConfigMap')!.data!['nats.conf']
    for (const settings of [nats, compose.configs.nats.content]) {
      expect(settings).toMatch(/^ *jetstream \{.*sync_interval: always.*\}$/m)
      expect(settings).toMatch(/^ *http: /m)
    }
    const java = compose.services['cassandra-1']!.environment!.JVM_EXTRA_OPTS!
    expect(java).toContain('-Dcassandra.settings.commitlog_sync=group')
    // The same in both places, folded or not.
    expect(read(join(manifests, 'cassandra.yaml')).replace(/\s+/g, ' ')).toContain(java.trim())
  })

  test('every manifest is in the kustomization', () => {
    const listed = kubernetes.find((manifest) => manifest.kind === 'Kustomization')!.resources!
    expect([...listed, 'kustomization.yaml'].sort()).toEqual([...files].sort())
  })

  test('no image is taken at whatever version is newest', () => {
    const images = [...Object.values(compose.services), ...containers].map((one) => one.image)
    expect(images.filter((image) => !/:\d/.test(image) && image !== 'rookery')).toEqual([])
  })
})

describe('examples/systemd/rookery.service', () => {
  const lines = read('examples/systemd/rookery.service').split('\n')
  const setting = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)

  test('starts the one file with options that it has', () => {
    const [program, command, ...words] = setting('ExecStart')!.split(' ')
    expect([program, command]).toEqual(['/usr/local/bin/rookery', 'serve'])
    expect(readArguments(serveForm, words, {})).toMatchObject({
      config: { data: `/var/lib/${setting('StateDirectory')}` },
    })
  })

  test('lets it ask for the addresses of the machine', () => {
    expect(setting('RestrictAddressFamilies')?.split(' ')).toContain('AF_NETLINK')
  })

  test('leaves a drain its 10 s, and does not start again what was started wrongly', () => {
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThan(10)
    expect([setting('Restart'), setting('RestartPreventExitStatus')]).toEqual(['on-failure', '2'])
  })
})

test('the container is built from folders that are there, and starts with options that it has', () => {
  const lines = read('Containerfile').split('\n')
  const copied = lines.flatMap((line) => /^COPY (?!--)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? [])
  expect(copied).toContain('src')
  expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([])
  const [, ...words] = JSON.parse(/^CMD (.+)$/m.exec(read('Containerfile'))![1]!) as string[]
  expect(readArguments(serveForm, words, {})).toMatchObject({ config: { host: '0.0.0.0', data: '/data' } })
})

test('what the Containerfile copies from here is not kept from the builder', () => {
  const copied = [...read('Containerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths]) =>
    paths!.split(' '),
  )
  const kept = read('.dockerignore').trimEnd().split('\n')
  expect(kept.shift()).toBe('*')
  expect(copied.map((path) => `!${path}`).sort()).toEqual(kept.sort())
})
