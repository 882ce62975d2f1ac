import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import type { UserId } from '../../src/core/ids.ts'
import { type EmbeddedEngine, openEmbedded } from '../../src/engines/embedded/index.ts'
import type { NewMessage } from '../../src/ports/messages.ts'

export const memoryBytes = 64 * 1024 * 1024

/** A folder of its own, gone afterwards. */
export async function withFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-'))
  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const open = (data: string): Promise<EmbeddedEngine> => openEmbedded({ data, memoryBytes })

export function message(id: number, author: UserId, more: Partial<NewMessage> = {}): NewMessage {
  return { id, author, mode: 'pushed', prev: [], crossed: false, body: `"id":"${id}","text":"Message ${id}"`, ...more }
}

/** Starts child.ts, which opens `folder`, writes without end, and prints each line once the write is acknowledged. */
export function startChild(
  folder: string,
  { env = {}, messagesOnly = false }: { env?: Record<string, string>; messagesOnly?: boolean } = {},
): Subprocess<'ignore', 'pipe', 'pipe'> {
  return Bun.spawn(
    [process.execPath, join(import.meta.dir, 'child.ts'), folder, ...(messagesOnly ? ['messages'] : [])],
    {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      env: { ...process.env, ...env },
    },
  )
}

/** Collects the child's lines as they come; a line cut off by its end does not count. */
export function linesOf(child: Subprocess<'ignore', 'pipe', 'pipe'>): { lines: string[]; ended: Promise<void> } {
  const lines: string[] = []
  const ended = (async () => {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop()!
      lines.push(...parts)
    }
  })()
  return { lines, ended }
}
