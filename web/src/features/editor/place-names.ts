/** Levels that are told apart. */
const DEEPEST = 8
const DEEPEST_QUOTE = 3

/** Tells that something is in a quotation which is itself in so many others and items of lists. */
export function addQuote(names: string[], depth: number): void {
  const name = names.includes('quote') ? 'inner-quote' : 'quote'
  if (!names.includes(name)) names.push(name, `${name}-in-${Math.min(depth, DEEPEST_QUOTE)}`)
}

export const depthNames = (depth: number): string[] => (depth > 0 ? [`in-${Math.min(depth, DEEPEST)}`] : [])

/** What a block looks like that stands within these: quotations (true) and items of lists (false), the outermost first. */
export function placeNames(within: readonly boolean[]): string {
  const names: string[] = []
  within.forEach((isQuote, depth) => {
    if (isQuote) addQuote(names, depth)
  })
  return [...names, ...depthNames(within.length)].join(' ')
}
