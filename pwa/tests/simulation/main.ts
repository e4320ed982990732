/**
 * The phones as a program: one command a line comes in as JSON, `["tap", {...}, ...]` with the
 * arguments of `phones.ts`, and one line goes out for it, `{"ok": ...}` or `{"error": "..."}`.
 */
import { createInterface } from 'node:readline'
import { Loop } from './loop.ts'
import { Phones } from './phones.ts'

type Command = [name: string, ...args: unknown[]]

const loop = new Loop()
loop.install()
const phones = new Phones(loop)

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await performed(JSON.parse(line) as Command))}\n`)

async function performed([name, ...args]: Command): Promise<{ ok: unknown } | { error: string }> {
  const act = Reflect.get(phones, name) as (...args: unknown[]) => unknown
  try {
    return { ok: (await act.apply(phones, args)) ?? null }
  } catch (error) {
    return { error: String(error instanceof Error ? error.stack : error) }
  }
}
