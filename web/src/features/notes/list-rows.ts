/** A row of a list: the name of a day or a month, or a note by its place. */
export type ListRow = { readonly day: string } | { readonly place: number }

export interface ListRows {
  readonly count: number
  at: (index: number) => ListRow
  indexOf: (place: number) => number
}

/**
 * The rows of a list of so many notes: one for each note, and one above the first of each day.
 *
 * `days` names those of the loaded ones; it is empty where the list is in no order of time.
 */
export function rowsOf(days: readonly string[], length: number): ListRows {
  const rows: ListRow[] = []
  const indexes: number[] = []
  days.forEach((day, place) => {
    if (day !== days[place - 1]) rows.push({ day })
    indexes.push(rows.length)
    rows.push({ place })
  })
  const rest = rows.length - days.length
  return {
    count: length + rest,
    at: (index) => rows[index] ?? { place: index - rest },
    indexOf: (place) => indexes[place] ?? place + rest,
  }
}
