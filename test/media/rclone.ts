import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, fillWhole, lastLines, onPath, run } from '../../src/cli/cluster/tools.ts'
import { until } from '../until.ts'

/** Built by Go through its ordinary proxy, once for all tests of this user. */
const version = '1.76.0'
const module = `github.com/rclone/rclone@v${version}`

/** A server of the S3 API over a folder: rclone, which is a real one and needs no account. */
export interface S3Server {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  stop(): Promise<void>
}

/** Its program; a sentence where it cannot be had. */
export async function findRclone(): Promise<{ program: string } | { missing: string }> {
  const found = onPath('rclone')
  if (found) return { program: found }
  const folder = join(cacheFolder(), `rclone-${version}`)
  const program = join(folder, 'rclone')
  if (existsSync(program)) return { program }
  if (!onPath('go')) return { missing: 'put rclone on PATH, or Go, which builds it' }
  try {
    await fillWhole(folder, async (empty) => {
      console.warn(`building rclone ${version} with go install: some minutes, once`)
      const { status, output } = await run(['go', 'install', module], {
        environment: { GOBIN: empty, CGO_ENABLED: '0' },
      })
      if (status !== 0) throw new Error(`\`go install ${module}\` said: ${lastLines(output)}`)
    })
    return { program }
  } catch (problem) {
    return { missing: (problem as Error).message }
  }
}

/** Serves the folders within `folder` as buckets. */
export async function serveS3(program: string, folder: string): Promise<S3Server> {
  const [accessKey, secretKey] = [crypto.randomUUID(), crypto.randomUUID()]
  const port = freePort()
  const child = Bun.spawn(
    [program, 'serve', 's3', '--addr', `127.0.0.1:${port}`, '--auth-key', `${accessKey},${secretKey}`, folder],
    {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
      env: { ...process.env, RCLONE_CONFIG: join(folder, '.rclone.conf') },
    },
  )
  const endpoint = `http://127.0.0.1:${port}`
  await until(() =>
    fetch(endpoint).then(
      () => true,
      () => false,
    ),
  )
  return {
    endpoint,
    accessKey,
    secretKey,
    async stop() {
      child.kill()
      await child.exited
    },
  }
}

function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}
