/** `[^id]` in a text, and `[^id]:` at the beginning of the line that it leads to; as GitHub has them. */
export const REFERENCE = /^\[\^([^\s\]]{1,60})\](?![([:])/
export const DEFINITION = /^\[\^([^\s\]]{1,60})\]:/

/** The footnotes that a text has: a reference to none of them is text like any other. */
export function footnotesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^[\s>]*\[\^([^\s\]]{1,60})\]:/gm)].map(([, id = '']) => id))
}
