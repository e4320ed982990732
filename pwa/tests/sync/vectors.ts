/** The golden cases that the server's engine runs as well. */
import { readFileSync } from 'node:fs'

/** A list of `sync/vectors/<name>.json`. */
export function golden<T>(name: string, list = 'cases'): T[] {
  const file = new URL(`../../../sync/vectors/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, T[]>)[list] ?? []
}
