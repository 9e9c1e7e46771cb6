const TASK = /^((?:\s|>)*(?:[-*+]|\d+[.)])\s+\[)([ xX])(\])/

/** The text with the task on the line, counted from 0, ticked or cleared. */
export function tick(source: string, line: number): string {
  const lines = source.split('\n')
  const text = lines[line]
  if (text === undefined) return source
  lines[line] = text.replace(TASK, (_, before: string, mark: string, after: string) => `${before}${mark === ' ' ? 'x' : ' '}${after}`)
  return lines.join('\n')
}
