/** The build's own outputs: words, shell, service worker, and the list that the server reads. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Rolldown } from 'vite'
import { build, type Plugin, runnerImport } from 'vite'

type Bundle = Rolldown.OutputBundle

/** What one entry needs at once: its script, the chunks it imports, its style. */
interface Entry {
  script: string
  imports: string[]
  style: string
}

/** Chunks that only the camera needs: cached when the page asks for them, not at installation. */
const ON_DEMAND = /scan|zxing|worker|\.wasm$/

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
      await buildServiceWorker(dist, version, assets, shell)
    },
  }
}

async function readEntry(bundle: Bundle, dist: string, name: string): Promise<Entry> {
  const chunks = Object.values(bundle).filter((output) => output.type === 'chunk')
  const chunk = chunks.find((output) => output.isEntry && output.name === name)
  if (!chunk) return { script: '', imports: [], style: '' }
  const sheets = [...(chunk.viteMetadata?.importedCss ?? [])]
  const texts = await Promise.all(sheets.map((sheet) => readFile(join(dist, sheet), 'utf8')))
  return { script: chunk.fileName, imports: chunk.imports, style: texts.join('').trim() }
}

function buildList(tech: Entry, board: Entry, assets: string[]): Record<string, unknown> {
  return {
    'tech.js': tech.script,
    'tech.imports': tech.imports,
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
<link rel="manifest" href="/t/manifest.webmanifest">
${preloads.join('\n')}
<script type="module" src="/${tech.script}"></script>
<style>${tech.style}</style>
</head>
<body><div id="app"></div></body>
</html>
`
}

async function buildServiceWorker(
  dist: string,
  version: string,
  assets: string[],
  shell: string,
): Promise<void> {
  const urls = assets.map((file) => `/${file}`)
  const first = urls.filter((url) => url.endsWith('.js') && !ON_DEMAND.test(url))
  const precache = first.filter((url) => !url.includes('/board-'))
  const hash = createHash('sha256').update(shell).update(urls.join()).digest('hex').slice(0, 12)
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: {
      __SW_VERSION__: JSON.stringify(`${version}-${hash}`),
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

function writeJson(file: string, value: unknown): Promise<void> {
  return writeFile(file, `${JSON.stringify(value, null, 1)}\n`)
}
