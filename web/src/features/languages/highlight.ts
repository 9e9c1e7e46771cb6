import { classHighlighter, highlightCode } from '@lezer/highlight'
import { languageOf } from './languages'

/** Characters; more are left plain, since reading them takes longer than a page may stand still. */
const LONGEST = 100_000

/** Code as elements of the classes `tok-*`. Null when its language is unknown or out of reach. */
export async function highlight(code: string, info: string): Promise<DocumentFragment | null> {
  const language = code.length > LONGEST ? null : languageOf(info)
  if (!language) return null
  let support
  try {
    support = language.support ?? (await language.load())
  } catch {
    return null
  }
  const fragment = new DocumentFragment()
  const put = (text: string, names: string): void => {
    const span = document.createElement('span')
    span.className = names
    span.textContent = text
    fragment.append(names ? span : text)
  }
  highlightCode(code, support.language.parser.parse(code), classHighlighter, put, () => fragment.append('\n'))
  return fragment
}
