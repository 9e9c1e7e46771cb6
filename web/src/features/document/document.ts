import { ChangeSet, EditorState, StateEffect, Text, Transaction, type Extension, type TransactionSpec } from '@codemirror/state'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Problem } from '@/api/problem'
import { createSignal } from '@/app/signal'
import type { Texts } from '@/features/notes/note'
import { snippetOf } from '@/features/notes/snippet'
import { cleanDraft, type Base, type Draft } from './draft'
import { changesBetween, textOf } from './merge'

/** Where a document stands that the app asked for. */
export type Status = 'loading' | 'ready' | 'missing' | 'failed'

/** How it goes with bringing what was typed to the server. */
export interface Attempt {
  readonly phase: 'waiting' | 'sending' | 'retrying' | 'refused' | 'gone'
  readonly failures: number
  readonly problem: Problem | null
}

export const IDLE: Attempt = { phase: 'waiting', failures: 0, problem: null }

/** What shows the text and takes the keys: CodeMirror's view, while there is one. */
export interface Editor {
  readonly composing: boolean
  dispatch: (spec: TransactionSpec) => void
}

/** What was written here since the last merge, as it was at one moment. */
export interface Written extends Texts {
  readonly text: Text
  /** From the text of the last merge to this one. */
  readonly changes: ChangeSet
  readonly changed: boolean
}

/** What a window that may be about to go has to say. */
export interface Left extends Texts {
  readonly base: Base | null
  /** How often this window had written the draft. */
  readonly writes: number
  /** From this text back to what the last merge left. */
  readonly back: Earlier
  /** From this text back to what was handed over and may be in the draft by now. */
  readonly backToHanded: Earlier | null
}

export interface Earlier {
  readonly title: string
  readonly changes: ChangeSet
}

/** The two texts of a dispute beside the one that is being written. */
export interface Dispute {
  readonly base: Base
  readonly rival: Base
}

/** Characters, of which a snippet is made. */
const SNIPPET_SOURCE = 2000

/**
 * One note as it is written: the only place of its text in this window. It belongs to the app, whoever shows it.
 *
 * The text changes by what a person does, and by merges: changes that were computed against an earlier text and are
 * carried over whatever was typed since. Everything else only reads.
 */
export class NoteDocument {
  readonly status: Ref<Status> = ref('loading')
  readonly problem: ShallowRef<Problem | null> = shallowRef(null)
  readonly title: ShallowRef<string> = shallowRef('')
  readonly state: ShallowRef<EditorState> = shallowRef(EditorState.create())
  /** The server does not have all of it. */
  readonly unsaved: Ref<boolean> = ref(false)
  readonly dispute: ShallowRef<Dispute | null> = shallowRef(null)
  readonly attempt: ShallowRef<Attempt> = shallowRef(IDLE)
  /** False while the text lives in this window alone, because the browser's storage fails. */
  readonly kept: Ref<boolean> = ref(true)
  /** Milliseconds since 1970; when a person last wrote here. */
  writtenAt = 0
  /** A person wrote. */
  readonly written = createSignal<null>()
  readonly snippet: ComputedRef<string> = computed(() => snippetOf(this.state.value.doc.sliceString(0, SNIPPET_SOURCE)))
  readonly blank: ComputedRef<boolean> = computed(() => this.title.value.trim() === '' && this.state.value.doc.length < SNIPPET_SOURCE && this.content.trim() === '')
  /** What the text grew from, as far as this window knows; null while the server does not know the note. */
  base: Base | null = null
  /** The revision of the draft that this text holds; empty before the first. */
  revision = ''
  /** How often this window has written the draft. */
  writes = 0
  /** The text as last words have it, which another window may have put into the draft. */
  left: Written | null = null
  /** The server may have an earlier text of it without this browser knowing. */
  sent = false
  private mergedTitle = ''
  private mergedText = Text.empty
  private changes = ChangeSet.empty(0)
  private handed: Written | null = null
  private editor: Editor | null = null
  private furnished = false
  private hasBegun = false
  private composingTitle = false

  constructor(readonly id: string) {}

  get content(): string {
    return this.state.value.doc.toString()
  }

  /** It has a text, be it empty. */
  get begun(): boolean {
    return this.hasBegun
  }

  get shown(): boolean {
    return this.editor !== null
  }

  get composing(): boolean {
    return this.composingTitle || (this.editor?.composing ?? false)
  }

  /** Something was written here that no merge has seen. */
  get changed(): boolean {
    return !this.changes.empty || this.title.value !== this.mergedTitle
  }

  /** What the last merge left, before anything was written on it. */
  get merged(): { readonly title: string; readonly text: Text } {
    return { title: this.mergedTitle, text: this.mergedText }
  }

  /** Gives the document its first text. */
  begin({ title, content, base, revision }: Pick<Draft, 'title' | 'content' | 'base' | 'revision'>, writes = 0): void {
    this.hasBegun = true
    this.writes = writes
    this.base = base
    this.revision = revision
    this.mergedTitle = this.title.value = title
    this.mergedText = textOf(content)
    this.changes = ChangeSet.empty(this.mergedText.length)
    this.state.value = EditorState.create({ doc: this.mergedText })
    this.status.value = 'ready'
  }

  /** Shows the text in an editor. What the editor is made of becomes part of the state once, and stays with the undo history. */
  open(editor: (state: EditorState) => Editor, extensions: Extension): void {
    if (!this.furnished) this.state.value = this.state.value.update({ effects: StateEffect.reconfigure.of(extensions) }).state
    this.furnished = true
    this.editor = editor(this.state.value)
  }

  close(): void {
    this.editor = null
  }

  /** Takes what happened in the editor. */
  accept(transactions: readonly Transaction[]): void {
    const last = transactions.at(-1)
    if (!last) return
    let changed = false
    for (const transaction of transactions) {
      if (!transaction.docChanged || transaction.annotation(Transaction.remote)) continue
      this.changes = this.changes.compose(transaction.changes)
      changed = true
    }
    this.state.value = last.state
    if (changed) this.tell()
  }

  /** Changes the text as a person wishes who does not type: a task that is ticked, a choice between two texts. */
  dispatch(spec: TransactionSpec): void {
    if (this.editor) this.editor.dispatch(spec)
    else this.accept([this.state.value.update(spec)])
  }

  rename(title: string): void {
    if (title === this.title.value) return
    this.title.value = title
    this.tell()
  }

  composeTitle(composing: boolean): void {
    this.composingTitle = composing
  }

  /** Hands over what was written. `take` or `giveBack` has to follow. */
  hand(): Written {
    const { doc } = this.state.value
    const { title, changes, changed } = { title: this.title.value, changes: this.changes, changed: this.changed }
    this.changes = ChangeSet.empty(doc.length)
    return (this.handed = { title, content: doc.toString(), text: doc, changes, changed })
  }

  giveBack(written: Written): void {
    this.changes = written.changes.compose(this.changes)
    this.handed = null
  }

  leave(): Left {
    const { doc } = this.state.value
    const [title, content, handed] = [this.title.value, doc.toString(), this.handed]
    const changes = handed ? handed.changes.compose(this.changes) : this.changes
    this.left = { title, content, text: doc, changes, changed: true }
    return {
      title,
      content,
      base: this.base,
      writes: this.writes,
      back: { title: this.mergedTitle, changes: changes.invert(this.mergedText) },
      backToHanded: handed && { title: handed.title, changes: this.changes.invert(handed.text) },
    }
  }

  /** The draft now holds what was written, and `changes` of others on top of that. */
  take(written: Written, changes: ChangeSet, draft: Draft): void {
    const typed = this.changes
    this.handed = null
    this.mergedText = changes.apply(written.text)
    this.revision = draft.revision
    this.base = draft.base
    this.sent = draft.sent !== null
    if (!changes.empty) {
      this.changes = typed.map(changes, true)
      this.dispatch({ changes: changes.map(typed), annotations: [Transaction.remote.of(true), Transaction.addToHistory.of(false)] })
    }
    if (this.title.value === written.title) this.title.value = draft.title
    this.mergedTitle = draft.title
    this.dispute.value = draft.base && draft.rival ? { base: draft.base, rival: draft.rival } : null
  }

  /** Goes back to what the server has: what was typed was given up elsewhere. */
  revert(): void {
    if (this.attempt.value.phase === 'gone') this.status.value = 'missing'
    this.attempt.value = IDLE
    this.unsaved.value = false
    if (!this.base) return
    const written = this.hand()
    this.take(written, changesBetween(written.text, this.base.content), cleanDraft(this.id, this.base))
    this.title.value = this.base.title
  }

  private tell(): void {
    this.writtenAt = Date.now()
    this.unsaved.value = true
    this.written.emit(null)
  }
}
