/** The build's own outputs: words, shell, service worker, and the list that the server reads. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import type { Rolldown } from 'vite'
import { build, type Plugin, runnerImport } from 'vite'

type Bundle = Rolldown.OutputBundle

/** What one entry needs at once: its script, the chunks it imports, its style. */
interface Entry {
  script: string
  imports: string[]
  style: string
  /** Of each language the chunk that has its words, for an entry that speaks one. */
  words: Record<string, string>
}

const WORDS = /\/src\/i18n\/(fr|en)\.ts\?alone$/
const COMPRESSIBLE = /\.(js|css|html|svg|wasm|webmanifest)$/

/**
 * Writes into dist/ what the server and the service worker need: `build.json`, `i18n.json`,
 * `shell.html` and `sw.js`. Styles of entries are inlined in pages, so their files go away.
 */
export function outputs(version: string): Plugin {
  let dist = ''
  return {
    name: 'terrain-outputs',
    apply: 'build',
    configResolved: (config) => {
      dist = config.build.outDir
    },
    async writeBundle(_options, bundle) {
      await mkdir(dist, { recursive: true })
      const tech = await readEntry(bundle, dist, 'tech')
      const board = await readEntry(bundle, dist, 'board')
      const assets = Object.keys(bundle).sort()
      await writeJson(join(dist, 'build.json'), buildList(tech, board, assets))
      await writeJson(join(dist, 'i18n.json'), await words())
      const shell = shellPage(tech)
      await writeFile(join(dist, 'shell.html'), shell)
      const scripts = reachable(bundle, tech.script)
      await buildServiceWorker(dist, version, { scripts, assets, shell })
      await compress(dist)
    },
  }
}

async function readEntry(bundle: Bundle, dist: string, name: string): Promise<Entry> {
  const chunks = Object.values(bundle).filter((output) => output.type === 'chunk')
  const chunk = chunks.find((output) => output.isEntry && output.name === name)
  if (!chunk) return { script: '', imports: [], style: '', words: {} }
  const sheets = [...(chunk.viteMetadata?.importedCss ?? [])]
  const texts = await Promise.all(sheets.map((sheet) => readFile(join(dist, sheet), 'utf8')))
  const words = Object.fromEntries(
    chunks.flatMap(({ fileName, facadeModuleId, name: language }) =>
      WORDS.test(facadeModuleId ?? '') && chunk.dynamicImports.includes(fileName)
        ? [[language, fileName]]
        : [],
    ),
  )
  return { script: chunk.fileName, imports: chunk.imports, style: texts.join('').trim(), words }
}

function buildList(tech: Entry, board: Entry, assets: string[]): Record<string, unknown> {
  return {
    'tech.js': tech.script,
    'tech.imports': tech.imports,
    'tech.words': tech.words,
    style: tech.style,
    style_sha256: styleHash(tech.style),
    'board.js': board.script,
    'board.imports': board.imports,
    board_style: board.style,
    board_style_sha256: styleHash(board.style),
    assets,
  }
}

/** The source that a Content-Security-Policy's style-src names. */
function styleHash(style: string): string {
  return `sha256-${createHash('sha256').update(style).digest('base64')}`
}

/** The words of every language, for the pages that the server writes. */
async function words(): Promise<Record<string, unknown>> {
  const languages: Record<string, unknown> = {}
  for (const language of ['fr', 'en']) {
    const file = `./src/i18n/${language}.ts`
    if (!existsSync(file)) continue
    const { module } = await runnerImport<Record<string, unknown>>(file)
    languages[language] = module[language]
  }
  return languages
}

/** The page that opens without network: no token, no data; the app fills it from the phone. */
function shellPage(tech: Entry): string {
  const preloads = tech.imports.map((file) => `<link rel="modulepreload" href="/${file}">`)
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta name="robots" content="noindex">
<title>Terrain</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="manifest" href="/t/manifest.webmanifest">
${preloads.join('\n')}
<script type="module" src="/${tech.script}"></script>
<style>${tech.style}</style>
</head>
<body><div id="app"></div></body>
</html>
`
}

/** The script of an entry and every chunk it can ever import: all of it works offline. */
function reachable(bundle: Bundle, script: string): string[] {
  const found = new Set([script].filter(Boolean))
  for (const file of found) {
    const output = bundle[file]
    if (output?.type !== 'chunk') continue
    for (const next of [...output.imports, ...output.dynamicImports]) found.add(next)
  }
  return [...found]
}

interface Offline {
  scripts: string[]
  assets: string[]
  shell: string
}

async function buildServiceWorker(dist: string, version: string, offline: Offline): Promise<void> {
  const [precache, urls] = [offline.scripts, offline.assets].map((files) =>
    files.map((file) => `/${file}`),
  )
  const hash = createHash('sha256').update(offline.shell).update(offline.assets.join())
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: {
      __SW_VERSION__: JSON.stringify(`${version}-${hash.digest('hex').slice(0, 12)}`),
      __SW_PRECACHE__: JSON.stringify(precache),
      __SW_ASSETS__: JSON.stringify(urls),
    },
    build: {
      target: 'es2022',
      outDir: dist,
      emptyOutDir: false,
      modulePreload: false,
      rolldownOptions: {
        input: './src/sw.ts',
        output: { entryFileNames: 'sw.js', format: 'iife' },
      },
    },
  })
}

/** Brotli copies beside the files, at the best quality: the server sends them as they are. */
async function compress(dist: string): Promise<void> {
  const names = await readdir(dist, { recursive: true })
  for (const name of names.filter((file) => COMPRESSIBLE.test(file))) {
    const content = await readFile(join(dist, name))
    const smaller = brotliCompressSync(content)
    if (smaller.length < content.length) await writeFile(join(dist, `${name}.br`), smaller)
  }
}

function writeJson(file: string, value: unknown): Promise<void> {
  return writeFile(file, `${JSON.stringify(value, null, 1)}\n`)
}
