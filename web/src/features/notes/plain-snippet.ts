const MARKS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\s)(?:[-*+]\s+)?\[[ xX]\]\s+/g, ' '],
  [/^(?:[-*+]|\d+\.)\s+/g, ''],
  [/(?:^|\s)(?:#{1,6}|>)\s+/g, ' '],
  [/!?\[([^\]]*)\]\([^)\s]*\)?/g, '$1'],
  [/(\*\*|__|~~|`{1,3})/g, ''],
  [/(^|\s)[*_](\S[^*_]*)[*_](?=\s|$|[.,;:!?])/g, '$1$2'],
  [/\|\s*(?:[:-]+\s*\|?\s*)+/g, ' '],
  [/\s{2,}/g, ' '],
]

/** The beginning of a Markdown text without its marks, as a list shows it. */
export function plainSnippet(snippet: string): string {
  return MARKS.reduce((text, [mark, instead]) => text.replace(mark, instead), snippet).trim()
}
