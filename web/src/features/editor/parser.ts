import { markdownLanguage } from '@codemirror/lang-markdown'
import { MarkdownParser } from '@lezer/markdown'

const { parser: found } = markdownLanguage
if (!(found instanceof MarkdownParser)) throw new TypeError('the Markdown language has another parser')

/** Markdown with what GitHub adds, to be configured further. */
export const parser: MarkdownParser = found
