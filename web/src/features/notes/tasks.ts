import type { Text } from '@codemirror/state'

const TASK = /^(?:\s|>)*(?:[-*+]|\d{1,9}[.)])\s+\[([ xX])\]\s/
const FENCE = /^(?:\s|>)*(`{3,}|~{3,})/

export interface Tasks {
  readonly done: number
  readonly all: number
}

/** How many tasks a text has, and how many of them are ticked. */
export function tasksIn(text: Text): Tasks {
  let [done, all, fence] = [0, 0, '']
  for (const line of text.iterLines()) {
    const [, signs = ''] = FENCE.exec(line) ?? []
    if (signs && (fence === '' || signs.startsWith(fence))) fence = fence === '' ? signs : ''
    const [, mark] = fence === '' ? (TASK.exec(line) ?? []) : []
    if (mark === undefined) continue
    all++
    if (mark !== ' ') done++
  }
  return { done, all }
}
