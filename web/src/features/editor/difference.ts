import type { ChangeSpec } from '@codemirror/state'

/** What makes the new text of the old one, which is at the position, as little as can be: what both begin and end with stays. */
export function difference(old: string, text: string, at = 0): ChangeSpec {
  const most = Math.min(old.length, text.length)
  let start = 0
  while (start < most && old.charAt(start) === text.charAt(start)) start++
  let end = 0
  while (end < most - start && old.at(-1 - end) === text.at(-1 - end)) end++
  return { from: at + start, to: at + old.length - end, insert: text.slice(start, text.length - end) }
}
