import { ChangeSet, Text, type ChangeSpec } from '@codemirror/state'
import { diffArrays } from 'diff'

/** Beyond it a difference is not looked for: what lies between equal ends counts as changed. */
const PATIENCE_MS = 200
const AFTER_LINE_FEED = /(?<=\n)/

/** Lines of a text that another has in place of lines of the base; `to` is the line after the last. */
interface Hunk {
  readonly baseFrom: number
  readonly baseTo: number
  readonly from: number
  readonly to: number
}

/** A place where two sides changed the same lines of the base in different ways. */
export interface Overlap {
  readonly base: readonly string[]
  readonly mine: readonly string[]
  readonly theirs: readonly string[]
  /** Where it begins in my text with their other changes, and in the ground; in lines. */
  readonly line: number
  readonly groundLine: number
}

export interface Merged {
  /** My text with every change of theirs that overlaps none of mine. */
  readonly content: string
  /** Their text as far as it is in `content`: it differs from theirs where the overlaps are, and has the base there. */
  readonly ground: string
  readonly overlaps: readonly Overlap[]
}

/** Texts are divided at line feeds alone, whatever else the editor would take for the end of a line. */
export function textOf(content: string): Text {
  return Text.of(content.split('\n'))
}

/** Merges by lines: Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", 2007. Neighbouring lines do not overlap. */
export function merge(base: string, mine: string, theirs: string): Merged {
  const [baseLines, myLines, theirLines] = [base.split('\n'), mine.split('\n'), theirs.split('\n')]
  const content: string[] = []
  const ground: string[] = []
  const overlaps: Overlap[] = []
  let done = 0
  for (const [my, their] of regions(hunksOf(baseLines, myLines), hunksOf(baseLines, theirLines))) {
    const from = Math.min(my?.baseFrom ?? Infinity, their?.baseFrom ?? Infinity)
    const between = baseLines.slice(done, from)
    content.push(...between)
    ground.push(...between)
    done = Math.max(my?.baseTo ?? 0, their?.baseTo ?? 0)
    const old = baseLines.slice(from, done)
    const inMine = my ? myLines.slice(my.from, my.to) : old
    const inTheirs = their ? theirLines.slice(their.from, their.to) : old
    if (my && their && !sameLines(inMine, inTheirs)) {
      overlaps.push({ base: old, mine: inMine, theirs: inTheirs, line: content.length, groundLine: ground.length })
      content.push(...inMine)
      ground.push(...old)
    } else {
      content.push(...(my ? inMine : inTheirs))
      ground.push(...inTheirs)
    }
  }
  const rest = baseLines.slice(done)
  return { content: [...content, ...rest].join('\n'), ground: [...ground, ...rest].join('\n'), overlaps }
}

/** Puts lines in the place of others; both counted from 0. */
export function replacedLines(text: Text, line: number, count: number, lines: readonly string[]): ChangeSpec {
  const after = line + count
  const from = line < text.lines ? text.line(line + 1).from : text.length
  if (lines.length > 0 && count > 0) return { from, to: text.line(after).to, insert: textOf(lines.join('\n')) }
  if (count === 0) return { from, insert: textOf(line < text.lines ? [...lines, ''].join('\n') : ['', ...lines].join('\n')) }
  return after < text.lines ? { from, to: text.line(after + 1).from } : { from: Math.max(0, from - 1), to: text.length }
}

/** What makes one text of the other: whole lines, less what is equal at both ends. */
export function changesBetween(from: Text, content: string): ChangeSet {
  const before = from.toString()
  if (before === content) return ChangeSet.empty(from.length)
  const [old, lines] = [before.split(AFTER_LINE_FEED), content.split(AFTER_LINE_FEED)]
  const changes: ChangeSpec[] = []
  let [at, done] = [0, 0]
  for (const hunk of hunksOf(old, lines)) {
    at += lengthOf(old.slice(done, hunk.baseFrom))
    const [gone, come] = [old.slice(hunk.baseFrom, hunk.baseTo).join(''), lines.slice(hunk.from, hunk.to).join('')]
    changes.push(trimmed(at, gone, come))
    at += gone.length
    done = hunk.baseTo
  }
  return ChangeSet.of(changes, from.length)
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((length, line) => length + line.length, 0)
}

function trimmed(at: number, old: string, insert: string): ChangeSpec {
  const shorter = Math.min(old.length, insert.length)
  let start = 0
  while (start < shorter && old.charCodeAt(start) === insert.charCodeAt(start)) start++
  let end = 0
  while (end < shorter - start && old.charCodeAt(old.length - 1 - end) === insert.charCodeAt(insert.length - 1 - end)) end++
  return { from: at + start, to: at + old.length - end, insert: textOf(insert.slice(start, insert.length - end)) }
}

function hunksOf(base: readonly string[], other: readonly string[]): Hunk[] {
  const hunks: Hunk[] = []
  let [line, baseLine] = [0, 0]
  let open: Hunk | null = null
  for (const { added, removed, count } of diffArrays([...base], [...other], { timeout: PATIENCE_MS }) ?? replaced(base, other)) {
    if (added || removed) {
      const start: Hunk = open ?? { baseFrom: baseLine, baseTo: baseLine, from: line, to: line }
      if (removed) baseLine += count
      else line += count
      open = { ...start, baseTo: baseLine, to: line }
      continue
    }
    if (open) hunks.push(open)
    open = null
    line += count
    baseLine += count
  }
  return open ? [...hunks, open] : hunks
}

/** Everything between the lines that are equal at both ends. */
function replaced(base: readonly string[], other: readonly string[]): { added: boolean; removed: boolean; count: number }[] {
  const shorter = Math.min(base.length, other.length)
  let start = 0
  while (start < shorter && base[start] === other[start]) start++
  let end = 0
  while (end < shorter - start && base[base.length - 1 - end] === other[other.length - 1 - end]) end++
  return [
    { added: false, removed: false, count: start },
    { added: false, removed: true, count: base.length - start - end },
    { added: true, removed: false, count: other.length - start - end },
    { added: false, removed: false, count: end },
  ]
}

/** Brings the hunks of both sides in order; those that touch the same lines become one on each side. */
function regions(mine: readonly Hunk[], theirs: readonly Hunk[]): (readonly [Hunk | null, Hunk | null])[] {
  const found: (readonly [Hunk | null, Hunk | null])[] = []
  const [my, their] = [[...mine], [...theirs]]
  for (;;) {
    const [m, t] = [my[0], their[0]]
    if (!m && !t) return found
    if (m && (!t || (!overlap(m, t) && before(m, t)))) found.push([my.shift() ?? null, null])
    else if (t && (!m || !overlap(m, t))) found.push([null, their.shift() ?? null])
    else found.push(joined(my, their))
  }
}

function before(one: Hunk, other: Hunk): boolean {
  return one.baseTo <= other.baseFrom
}

/** Two insertions at one place overlap too: nobody knows which comes first. */
function overlap(one: Hunk, other: Hunk): boolean {
  if (one.baseFrom === other.baseFrom && (one.baseTo === other.baseTo || (one.baseTo > one.baseFrom && other.baseTo > other.baseFrom))) return true
  return one.baseFrom < other.baseTo && other.baseFrom < one.baseTo
}

/** Takes from both sides what hangs together, over the same lines of the base. */
function joined(my: Hunk[], their: Hunk[]): readonly [Hunk, Hunk] {
  const taken = [[my.shift()], [their.shift()]] as [Hunk[], Hunk[]]
  const reach = (): number => Math.max(taken[0].at(-1)?.baseTo ?? 0, taken[1].at(-1)?.baseTo ?? 0)
  for (;;) {
    const end = reach()
    const [m, t] = [my[0], their[0]]
    if (m && m.baseFrom < end) taken[0].push(...my.splice(0, 1))
    else if (t && t.baseFrom < end) taken[1].push(...their.splice(0, 1))
    else break
  }
  const from = Math.min(...taken.map(([first]) => first?.baseFrom ?? 0))
  const spread = (hunks: readonly Hunk[]): Hunk => {
    const [first, last] = [hunks[0], hunks.at(-1)]
    if (!first || !last) throw new Error('a side of an overlap is empty')
    return { baseFrom: from, baseTo: reach(), from: first.from - (first.baseFrom - from), to: last.to + (reach() - last.baseTo) }
  }
  return [spread(taken[0]), spread(taken[1])]
}

function sameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index])
}
