export interface Found {
  readonly count: number
  /** Which of them is selected, from 1; 0 where none is. */
  readonly at: number
}

export const NOTHING: Found = { count: 0, at: 0 }

/** More places than these are not counted. */
export const MOST_FOUND = 9999

/** Finds in a note, as it is written or as it is read. */
export interface Finder {
  /** Marks all places and goes to the first from where the reader is. */
  find: (wanted: string, matchCase: boolean) => Found
  /** The same places anew, after the text has changed. */
  again: () => Found
  step: (by: 1 | -1) => Found
  /** The place that is selected, or all; null where the text is only read. */
  readonly replace: ((by: string, all: boolean) => Found) | null
  /** What is looked for when nothing was said yet. */
  selected: () => string
  end: () => void
}
