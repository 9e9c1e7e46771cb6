import type { Plugin } from 'vite'

/** Asks for the one font file that every page shows before the style sheet is read. */
export function preloadFont(name: RegExp): Plugin {
  return {
    name: 'notewire:preload-font',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const file = Object.keys(bundle ?? {}).find((path) => name.test(path))
        if (file === undefined) throw new Error(`no file of the build matches ${String(name)}`)
        const attrs = { rel: 'preload', href: `/${file}`, as: 'font', type: 'font/woff2', crossorigin: true }
        return [{ tag: 'link', attrs, injectTo: 'head' }]
      },
    },
  }
}
