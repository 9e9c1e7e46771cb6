import { redo, standardKeymap, undo } from '@codemirror/commands'
import { syntaxTree } from '@codemirror/language'
import { Annotation, ChangeSet, EditorSelection, EditorState, Prec, RangeSet, Transaction, type ChangeSpec, type Range } from '@codemirror/state'
import { Decoration, EditorView, keymap, runScopeHandlers, type KeyBinding, type Rect, type ViewUpdate } from '@codemirror/view'
import { appearance } from '../appearance'
import { difference } from '../difference'
import { styledInPlace } from '../styled-in-place'
import { inlineMarkdown } from './inline'
import { cellText, pipesIn, type Insertion, type Span } from './markdown-table'

/** The transaction only brings the cell to what the text has by now. */
const fromText = Annotation.define<boolean>()
/** Where in the text the cell is after the transaction, which came out of it. */
const cellAfter = Annotation.define<Span>()

/** Pipes stay what they are in a cell, whatever is taken from before them; line ends become spaces. */
const cellsOwn = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.annotation(fromText)) return transaction
  const text = transaction.newDoc.toString()
  if (!text.includes('\n') && pipesIn(text).length === 0) return transaction
  const changes: ChangeSpec[] = pipesIn(text).map((from) => ({ from, insert: '\\' }))
  for (const { index, 0: end } of text.matchAll(/\n/g)) changes.push({ from: index, to: index + end.length, insert: ' ' })
  return [transaction, { changes, sequential: true }]
})

/** An escaped pipe is one sign for the caret. */
const wholePipes = EditorView.atomicRanges.of(({ state }) => {
  const found: Range<Decoration>[] = []
  syntaxTree(state).iterate({
    enter({ name, from, to }) {
      if (name === 'Escape' && state.sliceDoc(from, to) === '\\|') found.push(Decoration.mark({}).range(from, to))
    },
  })
  return RangeSet.of(found)
})

const look = EditorView.theme({
  '&.cell-editor .cm-content': { padding: '0', overflowWrap: 'inherit', wordBreak: 'inherit' },
  '&.cell-editor .cm-scroller': { overflow: 'visible', lineHeight: 'inherit' },
})

export interface CellSetting {
  readonly view: EditorView
  readonly cell: Span
  readonly label: string
  readonly keys: readonly KeyBinding[]
  /** What has to be put before the cell and after it for its row to be tidy. */
  readonly gaps: () => { readonly before: readonly Insertion[]; readonly after: readonly Insertion[] }
  /** Takes a pasted text that is more than one cell's. */
  readonly paste: (text: string) => boolean
}

/**
 * The cell that is being written: an editor on a part of the text. The text stays the whole editor's, with selection and
 * history; what is typed here goes there at once, and what changes there comes here.
 */
export class CellEditor {
  readonly editor: EditorView
  cell: Span

  constructor(private readonly setting: CellSetting) {
    const { view, label, keys } = setting
    this.cell = setting.cell
    this.editor = new EditorView({
      root: view.root instanceof ShadowRoot ? view.root : document,
      state: EditorState.create({
        doc: view.state.sliceDoc(this.cell.from, this.cell.to),
        extensions: [
          cellsOwn,
          wholePipes,
          Prec.highest(keymap.of([...keys])),
          keymap.of([...standardKeymap]),
          inlineMarkdown,
          styledInPlace,
          appearance,
          look,
          EditorView.lineWrapping,
          EditorView.editorAttributes.of({ class: 'cell-editor' }),
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-multiline': 'false', spellcheck: 'true', autocapitalize: 'sentences', autocorrect: 'on', enterkeyhint: 'next' }),
          EditorView.domEventHandlers({
            // What is no matter of a cell is the text's: formats, undo, find.
            keydown: (event) => (event.ctrlKey || event.metaKey || event.altKey) && runScopeHandlers(view, event, 'editor'),
            beforeinput(event) {
              const command = { historyUndo: undo, historyRedo: redo }[event.inputType]
              if (command) event.preventDefault()
              return command?.(view) ?? false
            },
            paste: (event) => setting.paste(event.clipboardData?.getData('text/plain') ?? ''),
          }),
        ],
      }),
      dispatchTransactions: (transactions, editor) => {
        editor.update(transactions)
        this.pass(transactions)
      },
    })
  }

  /** Where in the window a position of the text is. */
  coordsAt(position: number): Rect | null {
    return this.editor.coordsAtPos(Math.max(0, Math.min(position - this.cell.from, this.editor.state.doc.length)))
  }

  get composing(): boolean {
    return this.editor.composing
  }

  /** Keeps up with where in the text the cell is. */
  follow({ transactions }: ViewUpdate): void {
    for (const transaction of transactions) {
      const { from, to } = this.cell
      this.cell = transaction.annotation(cellAfter) ?? { from: transaction.changes.mapPos(from, -1), to: transaction.changes.mapPos(to, 1) }
    }
  }

  /** Shows the text of the cell, and the selection, as they are by now. */
  show(state: EditorState): void {
    const text = state.sliceDoc(this.cell.from, this.cell.to)
    const { main } = state.selection
    const selection = EditorSelection.range(main.anchor - this.cell.from, main.head - this.cell.from)
    const shown = this.editor.state
    if (text === shown.doc.toString() && selection.eq(shown.selection.main)) return
    this.editor.dispatch({ changes: difference(shown.doc.toString(), text), selection, annotations: fromText.of(true) })
  }

  /** Hands on what was done here. */
  private pass(transactions: readonly Transaction[]): void {
    const own = transactions.filter((transaction) => !transaction.annotation(fromText) && (transaction.docChanged || transaction.selection))
    const last = own.at(-1)
    if (!last) return
    const { view, gaps } = this.setting
    const changes = own.reduce((all, transaction) => all.compose(transaction.changes), ChangeSet.empty(own[0]?.startState.doc.length ?? 0))
    const { before, after } = changes.empty ? { before: [], after: [] } : gaps()
    const from = this.cell.from + before.reduce((sum, { insert }) => sum + insert.length, 0)
    const specs: ChangeSpec[] = []
    changes.iterChanges((start, end, _from, _to, insert) => specs.push({ from: this.cell.from + start, to: this.cell.from + end, insert }))
    const { main } = last.state.selection
    view.dispatch({
      changes: [...before, ...specs, ...after],
      selection: EditorSelection.range(from + main.anchor, from + main.head),
      annotations: cellAfter.of({ from, to: from + last.state.doc.length }),
      // Not by a pointer: the text would take the focus from the cell.
      userEvent: (changes.empty ? null : last.annotation(Transaction.userEvent)) ?? 'select',
    })
  }

  destroy(): void {
    this.editor.destroy()
  }
}

/** Cells of a spreadsheet, as they are copied: tabs between them, a line a row. Null where it is a text for one cell. */
export function cellsOf(text: string): string[][] | null {
  if (!text.includes('\t')) return null
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => line.split('\t').map((cell) => cellText(cell.trim())))
}
