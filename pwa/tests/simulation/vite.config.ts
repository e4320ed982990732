/** One file that Node runs, with everything in it: it may be built from a copy of the tree. */
import { defineConfig } from 'vite'

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify('simulation') },
  logLevel: 'error',
  publicDir: false,
  ssr: { noExternal: true },
  build: { ssr: 'tests/simulation/main.ts', target: 'node20', emptyOutDir: false },
})
