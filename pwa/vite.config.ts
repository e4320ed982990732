/** Two entries from one toolchain: the technician's app and the dispatcher's board. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { defineConfig } from 'vite'
import { noPreload } from './build/no-preload.ts'
import { outputs } from './build/outputs.ts'
import { shippedWords } from './build/shipped-words.ts'

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }

const entries = { tech: './src/tech/main.tsx', board: './src/board/main.tsx' }

/** Where a chunk that is not the app itself belongs, by what is in it: its name begins with that. */
const PARTS = [
  [/\/src\/scan\//, 'scan'],
  [/\/src\/verdict\//, 'verdict'],
  [/\/src\/work\//, 'work'],
  [/\/src\/device\/|lean-qr/, 'device'],
  [/\/src\/i18n\/(fr|en)\.ts\?alone$/, 'words'],
] as const

/** The app without its entry, whose styles stand in the page, and without what the board has too. */
const APP = /\/src\/(?:tech\/(?!main\.)|sync\/(?!ids\.|job-status\.))[\w-]+\.tsx?$/

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify(version) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [noPreload(), shippedWords(), outputs(version)],
  // Terser leaves a worker's blanks: 12.4 kB after brotli instead of 14.0.
  worker: { rolldownOptions: { output: { minify: true } } },
  build: {
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    // A kilobyte less of the app than the default after brotli (39.0 against 40.0 kB).
    minify: 'terser',
    terserOptions: { ecma: 2020, module: true, compress: { passes: 3 } },
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        // What comes after the day, and each language, is told apart (see .size-limit.json).
        chunkFileNames: ({ moduleIds }) => {
          const part = PARTS.find(([within]) => moduleIds.some((id) => within.test(id)))
          return `assets/${part ? `${part[1]}-` : ''}[name]-[hash].js`
        },
        assetFileNames: 'assets/[name]-[hash][extname]',
        // In one piece the app compresses better than cut by what comes after the day shares with it.
        codeSplitting: {
          groups: [{ name: 'app', test: APP, includeDependenciesRecursively: false }],
        },
      },
    },
  },
})
