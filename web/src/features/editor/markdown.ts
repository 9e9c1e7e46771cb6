import { deleteMarkupBackward, insertNewlineContinueMarkupCommand, markdownLanguage, pasteURLAsLink } from '@codemirror/lang-markdown'
import { Language, LanguageSupport } from '@codemirror/language'
import { Prec } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import { parseCode, type MarkdownConfig } from '@lezer/markdown'
import { codeParser } from '@/features/languages/languages'
import { footnotes } from './footnotes'
import { parser } from './parser'

/** Characters. The parser reads a paragraph in one go, which must fit between two keys. */
const LONGEST_PARAGRAPH = 2000
const TABLE_ROW = /^\s*\|/

/** Lines without a blank one between them are one paragraph; styled in place, a long one looks the same in parts. */
const shortParagraphs: MarkdownConfig = {
  parseBlock: [
    {
      name: 'LongParagraph',
      endLeaf: (_block, line, leaf) => leaf.content.length > LONGEST_PARAGRAPH && !TABLE_ROW.test(line.text),
    },
  ],
}

// Not `markdown()`: it reads embedded HTML too, which looks at the whole text anew with every key.
const language = new Language(markdownLanguage.data, parser.configure([shortParagraphs, footnotes, parseCode({ codeParser })]), [], 'markdown')

const keys = [
  // An empty item ends its list, the second one too.
  { key: 'Enter', run: insertNewlineContinueMarkupCommand({ nonTightLists: false }) },
  { key: 'Backspace', run: deleteMarkupBackward },
]

export const markdown = new LanguageSupport(language, [pasteURLAsLink, Prec.high(keymap.of(keys))])
