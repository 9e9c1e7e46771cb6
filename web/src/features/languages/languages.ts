import { LanguageDescription, ParseContext } from '@codemirror/language'
import { languages } from '@codemirror/language-data'
import type { Parser } from '@lezer/common'

/** Languages of code, each loaded when it is first met. */
export { languages }

/** The language that the words behind a fence name. */
export function languageOf(info: string): LanguageDescription | null {
  const name = /\S*/.exec(info)?.[0]
  return name ? LanguageDescription.matchLanguageName(languages, name) : null
}

/** Reads code as far as its language is there: what is loading is skipped, and read when it has come. */
export function codeParser(info: string): Parser | null {
  const language = languageOf(info)
  if (!language) return null
  if (language.support) return language.support.language.parser
  // Out of reach: the code stays plain.
  return ParseContext.getSkippingParser(language.load().catch(() => new Promise(() => undefined)))
}
