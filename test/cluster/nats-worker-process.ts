import { join } from 'node:path'
import { until } from '../until.ts'

interface Handed {
  readonly id: number
  readonly author: number
  readonly at: number
}

/** A process that works the lane `job` of a queue (nats-worker.ts), to be killed or stopped. */
export class WorkerProcess {
  readonly handed: Handed[] = []
  readonly #process: Bun.Subprocess<'ignore', 'pipe', 'inherit'>
  #ready = false

  static async start(address: string, keyspace: string, what: 'work' | 'hang'): Promise<WorkerProcess> {
    const worker = new WorkerProcess(address, keyspace, what)
    await until(() => worker.#ready, 20_000, 'the worker is ready')
    return worker
  }

  private constructor(address: string, keyspace: string, what: string) {
    const script = join(import.meta.dir, 'nats-worker.ts')
    this.#process = Bun.spawn([process.execPath, script, address, keyspace, what], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    void this.#read()
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#process.exited
  }

  stop(): void {
    this.#process.kill('SIGSTOP')
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  async #read(): Promise<void> {
    let text = ''
    for await (const chunk of this.#process.stdout) {
      text += new TextDecoder().decode(chunk)
      const lines = text.split('\n')
      text = lines.pop()!
      for (const line of lines) {
        const [word, id, author, at] = line.split(' ')
        if (word === 'ready') this.#ready = true
        else this.handed.push({ id: Number(id), author: Number(author), at: Number(at) })
      }
    }
  }
}
