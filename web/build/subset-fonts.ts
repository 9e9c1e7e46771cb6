import { readFile } from 'node:fs/promises'
import subsetFont from 'subset-font'
import type { Plugin } from 'vite'

const FACE = /@font-face\s*\{[^}]*\}/g
const RANGE = /U\+([0-9A-F]+)(?:-([0-9A-F]+))?/gi

/** Contextual alternates stay away: they would show `->` as an arrow, which nobody typed. */
const FEATURES = ['ccmp', 'kern', 'locl', 'mark', 'mkmk', 'tnum']
const WEIGHTS = { wght: { min: 400, max: 700 } }

/** The name of the file, without its ending, and the characters that each face of a style sheet is for. */
function charactersOf(styles: string): Map<string, string> {
  const faces = (styles.match(FACE) ?? []).map((face): [string, string] => {
    const name = /([\w-]+)\.woff2/.exec(face)?.[1]
    if (name === undefined) throw new Error(`no file in ${face}`)
    let characters = ''
    for (const [, first = '', last = first] of face.matchAll(RANGE)) {
      for (let code = parseInt(first, 16); code <= parseInt(last, 16); code++) characters += String.fromCodePoint(code)
    }
    return [name, characters]
  })
  return new Map(faces)
}

/** Makes fonts of what is used of them: the characters that the style sheet gives them, the weights and features of the app. */
export function subsetFonts(styles: string): Plugin {
  return {
    name: 'notewire:subset-fonts',
    apply: 'build',
    async generateBundle(_options, bundle) {
      const faces = charactersOf(await readFile(styles, 'utf8'))
      const fonts = Object.values(bundle).filter((file) => file.type === 'asset' && file.fileName.endsWith('.woff2'))
      await Promise.all(
        fonts.map(async (font) => {
          const characters = [...faces].find(([name]) => font.fileName.includes(`/${name}-`))?.[1]
          if (font.type !== 'asset' || characters === undefined) throw new Error(`${font.fileName} is no font of ${styles}`)
          font.source = await subsetFont(Buffer.from(font.source), characters, {
            targetFormat: 'woff2',
            keepFeatures: FEATURES,
            variationAxes: WEIGHTS,
            noHinting: true,
          })
        }),
      )
    },
  }
}
