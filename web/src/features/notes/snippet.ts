const CHARACTERS = 200
/** Characters of the content, as in the service. */
const SOURCE = 1000

const FENCE = /^[\s>]*(?:```|~~~)/
const SEPARATOR = /^[\s>]*(?:(?:[-_*]\s*){3,}|=+\s*|\|?(?:\s*:?-+:?\s*\|)+[\s:|-]*)$/
const BEGINNING = /^(?:\s|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\[[ xX]\]\s)*/
/** In this order. */
const INLINE: readonly (readonly [RegExp, string])[] = [
  [/!?\[([^[\]]{0,200})\]\([^()\s]*\)/g, '$1'],
  [/<(https?:\/\/[^<>\s]+)>/g, '$1'],
  [/(?<!`)(`{1,3})([^`]+)\1(?!`)/g, '$2'],
  [/(?<![\w\\])(\*\*|__|~~)(?=\S)((?:(?!\1).){1,200}?)(?<=[^\s\\])\1(?!\w)/g, '$2'],
  [/(?<![\w*\\])([*_])(?=\S)([^*_]{1,200}?)(?<=[^\s\\])\1(?![\w*])/g, '$2'],
  [/\\([!-/:-@[-`{-~])/g, '$1'],
]

/** The beginning of a text on one line and without Markdown's signs, as the service makes it. */
export function snippetOf(content: string): string {
  let inCode = false
  let shown = ''
  for (const line of content.trimStart().slice(0, SOURCE).split('\n')) {
    if (FENCE.test(line)) inCode = !inCode
    else if (inCode) shown += `${line} `
    else if (!SEPARATOR.test(line)) shown += `${plain(line)} `
  }
  // By whole characters, of which some are two of a string.
  return Array.from(shown.replace(/\s+/g, ' ').trim()).slice(0, CHARACTERS).join('').trimEnd()
}

function plain(line: string): string {
  const text = line.replace(BEGINNING, '')
  return INLINE.reduce((rest, [sign, instead]) => rest.replace(sign, instead), text.startsWith('|') ? text.replaceAll('|', ' ') : text)
}
