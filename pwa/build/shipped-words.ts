/** The words as the app carries them, a chunk a language: without those that only the server's pages say. */
import { type Plugin, runnerImport } from 'vite'

type Words = Readonly<Record<string, unknown>>

const PAGES_ONLY = /^(enrol\.|day\.title$)/
const MODULE = /\/src\/i18n\/(fr|en)\.ts(\?alone)?$/
/** What the phone loads of one language is no module of the board's, which has both in one file. */
const ALONE = '?alone'

export function shippedWords(): Plugin {
  return {
    name: 'terrain-shipped-words',
    apply: 'build',
    enforce: 'pre',
    async resolveDynamicImport(specifier, importer) {
      const found = typeof specifier === 'string' && (await this.resolve(specifier, importer))
      return found && MODULE.test(found.id) ? `${found.id}${ALONE}` : null
    },
    async load(id) {
      const language = MODULE.exec(id)?.[1]
      if (!language) return null
      const { module } = await runnerImport<Record<string, Words>>(`./src/i18n/${language}.ts`)
      const words = Object.entries(module[language] ?? {}).filter(([key]) => !PAGES_ONLY.test(key))
      return `export const ${language} = ${JSON.stringify(Object.fromEntries(words))}`
    },
  }
}
