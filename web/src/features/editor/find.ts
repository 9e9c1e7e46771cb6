import {
  closeSearchPanel,
  findNext,
  findPrevious,
  openSearchPanel,
  replaceAll,
  replaceNext,
  search,
  SearchQuery,
  setSearchQuery,
} from '@codemirror/search'
import { EditorView } from '@codemirror/view'
import { MOST_FOUND, NOTHING, type Finder, type Found } from '@/features/finding/finder'

/** Marks what is found. Its panel is empty: the bar is the app's. */
export const finding = search({
  createPanel: () => ({ dom: document.createElement('div') }),
  scrollToMatch: (range) => EditorView.scrollIntoView(range, { y: 'center' }),
})

export function createFinder(view: EditorView): Finder {
  let query = new SearchQuery({ search: '' })

  function places(): readonly { from: number; to: number }[] {
    if (!query.valid) return []
    const found: { from: number; to: number }[] = []
    const cursor = query.getCursor(view.state)
    for (let next = cursor.next(); !next.done && found.length < MOST_FOUND; next = cursor.next()) found.push(next.value)
    return found
  }

  function again(): Found {
    const { from, to } = view.state.selection.main
    const all = places()
    return { count: all.length, at: all.findIndex((place) => place.from === from && place.to === to) + 1 }
  }

  function set(next: SearchQuery): void {
    query = next
    openSearchPanel(view)
    view.dispatch({ effects: setSearchQuery.of(query) })
  }

  return {
    find(wanted, matchCase) {
      set(new SearchQuery({ search: wanted, caseSensitive: matchCase, literal: true, replace: query.replace }))
      const all = places()
      // What is found for a longer word is where the shorter one was, if it is there.
      const start = view.state.selection.main.from
      const first = all.find(({ from }) => from >= start) ?? all[0]
      if (!first) return NOTHING
      view.dispatch({
        selection: { anchor: first.from, head: first.to },
        effects: EditorView.scrollIntoView(first.from, { y: 'center' }),
        userEvent: 'select.search',
      })
      return again()
    },
    again,
    step(by) {
      if (by === 1) findNext(view)
      else findPrevious(view)
      return again()
    },
    replace(by, all) {
      const { search, caseSensitive } = query
      set(new SearchQuery({ search, caseSensitive, literal: true, replace: by }))
      if (all) replaceAll(view)
      else replaceNext(view)
      return again()
    },
    selected() {
      const { from, to } = view.state.selection.main
      const text = view.state.sliceDoc(from, Math.min(to, from + 200))
      return text.includes('\n') ? '' : text
    },
    end() {
      closeSearchPanel(view)
    },
  }
}
