import { acceptCompletion, autocompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { syntaxTree } from '@codemirror/language'
import { Facet, Prec, type Extension } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'
import { languages } from '@/features/languages/languages'
import { noteLink } from '@/features/notes/note-link'
import { BLOCKS, type Block } from './blocks'
import { isInCode } from './indenting'

/** A note that a link can lead to. */
export interface Target {
  readonly id: string
  readonly title: string
}

/** Gives the notes whose titles `[[` completes. */
export const linkTargets = Facet.define<() => readonly Target[], () => readonly Target[]>({ combine: (all) => all[0] ?? (() => []) })

const MOST_TARGETS = 50

function insertBlock({ text }: Block) {
  return (view: EditorView, _completion: Completion, from: number, to: number): void => {
    const [before, after] = text()
    view.dispatch({
      changes: { from, to, insert: before + after },
      selection: { anchor: from + before.length },
      userEvent: 'input.complete',
      scrollIntoView: true,
    })
  }
}

const blockOptions: readonly Completion[] = BLOCKS.map((block, place) => ({
  label: `/${block.name} ${block.words}`,
  displayLabel: block.name,
  apply: insertBlock(block),
  // As they are listed, whatever the lengths of their words.
  boost: -8 * place,
}))

/** `/` on a line of its own. */
function blocks(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos)
  const typed = /^(\s*)\/[\p{L}\d -]*$/u.exec(line.text)
  if (!typed || context.pos !== line.to || isInCode(context.state)) return null
  return { from: line.from + (typed[1]?.length ?? 0), options: blockOptions, validFor: /^\/[\p{L}\d -]*$/u }
}

/** `[[` and a part of a title. */
function notes(context: CompletionContext): CompletionResult | null {
  const typed = context.matchBefore(/\[\[[^[\]\n]*$/)
  if (!typed || isInCode(context.state)) return null
  const wanted = typed.text.slice(2).trim().toLocaleLowerCase()
  const found = context.state
    .facet(linkTargets)()
    .filter(({ title }) => title !== '' && title.toLocaleLowerCase().includes(wanted))
    .slice(0, MOST_TARGETS)
  const options = found.map((target): Completion => ({
    label: target.title,
    apply(view, _completion, from, to) {
      const link = noteLink(target)
      const end = view.state.sliceDoc(to, to + 2) === ']]' ? to + 2 : to
      view.dispatch({ changes: { from, to: end, insert: link }, selection: { anchor: from + link.length }, userEvent: 'input.complete', scrollIntoView: true })
    },
  }))
  return options.length > 0 ? { from: typed.from, options, filter: false } : null
}

const languageOptions: readonly Completion[] = languages.map(({ name, alias }) => ({
  label: name.toLowerCase().replace(/\s+/g, '-'),
  displayLabel: name,
  apply: alias[0] ?? name.toLowerCase(),
}))

/** The language of a block of code, behind its fence. */
function codeLanguages(context: CompletionContext): CompletionResult | null {
  const typed = context.matchBefore(/(?:`{3,}|~{3,})[^\s`~]*$/)
  if (!typed) return null
  const node = syntaxTree(context.state).resolveInner(typed.from, 1)
  const code = node.name === 'FencedCode' ? node : node.parent
  if (code?.name !== 'FencedCode' || context.state.doc.lineAt(code.from).from !== context.state.doc.lineAt(context.pos).from) return null
  return { from: typed.from + (/^[`~]+/.exec(typed.text)?.[0].length ?? 0), options: languageOptions, validFor: /^[^\s`~]*$/ }
}

export const completing: Extension = [
  autocompletion({ override: [blocks, notes, codeLanguages], icons: false, maxRenderedOptions: MOST_TARGETS }),
  Prec.highest(keymap.of([{ key: 'Tab', run: acceptCompletion }])),
]
