/**
 * The words as the app carries them: without those that only the server's pages say, and English by
 * the keys of the French ones, so that three hundred keys are there once.
 */
import { type Plugin, runnerImport } from 'vite'

type Words = Readonly<Record<string, unknown>>

const PAGES_ONLY = 'enrol.'
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
      const keys = Object.keys(french).filter((key) => !key.startsWith(PAGES_ONLY))
      if (language === 'fr') {
        const kept = Object.fromEntries(keys.map((key) => [key, french[key]]))
        return `export const fr = ${JSON.stringify(kept)}`
      }
      const english = await wordsOf('en')
      const values = JSON.stringify(keys.map((key) => english[key]))
      return `import { fr } from './fr.ts'
const values = ${values}
export const en = Object.fromEntries(Object.keys(fr).map((key, i) => [key, values[i]]))`
    },
  }
}

async function wordsOf(language: string): Promise<Words> {
  const { module } = await runnerImport<Record<string, Words>>(`./src/i18n/${language}.ts`)
  return module[language] ?? {}
}
