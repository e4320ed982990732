/** Lazy chunks here have no style and import little: Vite's helper that preloads theirs is not needed. */
import type { Plugin } from 'vite'

const HELPER = '\0vite/preload-helper.js'

export function noPreload(): Plugin {
  return {
    name: 'terrain-no-preload',
    enforce: 'pre',
    load: (id) => (id === HELPER ? 'export const __vitePreload = (load) => load()' : null),
  }
}
