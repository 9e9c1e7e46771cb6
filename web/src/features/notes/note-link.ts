const PATH = /^\/notes\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/

/** The note that an address leads to, if it is one of this install. */
export function noteAt(address: string): string | null {
  if (!URL.canParse(address, window.location.origin)) return null
  const { origin, pathname } = new URL(address, window.location.origin)
  return origin === window.location.origin ? (PATH.exec(pathname)?.[1] ?? null) : null
}

/** A link in Markdown to a note. */
export function noteLink({ id, title }: { readonly id: string; readonly title: string }): string {
  return `[${title.replace(/[\\[\]]/g, '\\$&')}](/notes/${id})`
}
