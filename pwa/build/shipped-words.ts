/**
 * The words as the app carries them: without those that only the server's pages say, each language a
 * plain list beside one list of the keys, which compresses best.
 */
import { type Plugin, runnerImport } from 'vite'

type Words = Readonly<Record<string, unknown>>

const PAGES_ONLY = /^(enrol\.|day\.title$)/
const MODULE = /\/src\/i18n\/(fr|en)\.ts$/

export function shippedWords(): Plugin {
  return {
    name: 'terrain-shipped-words',
    apply: 'build',
    enforce: 'pre',
    async load(id) {
      const language = MODULE.exec(id)?.[1]
      if (!language) return null
      const french = await wordsOf('fr')
      const keys = Object.keys(french).filter((key) => !PAGES_ONLY.test(key))
      const words = await wordsOf(language)
      const values = JSON.stringify(keys.map((key) => words[key]))
      return language === 'fr'
        ? `const KEYS = ${JSON.stringify(keys.join(' '))}.split(' ')
export const worded = (values) => Object.fromEntries(KEYS.map((key, i) => [key, values[i]]))
export const fr = worded(${values})`
        : `import { worded } from './fr.ts'
export const en = worded(${values})`
    },
  }
}

async function wordsOf(language: string): Promise<Words> {
  const { module } = await runnerImport<Record<string, Words>>(`./src/i18n/${language}.ts`)
  return module[language] ?? {}
}
