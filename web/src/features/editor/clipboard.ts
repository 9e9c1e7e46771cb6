import { EditorView, ViewPlugin } from '@codemirror/view'
import { isInCode } from './indenting'
import { markdownOf, OWN } from './rich-text'

/** The event that tells of files that cannot be kept in a note, with their names. */
export const REFUSED = 'files-refused'

const ADDRESS = /^(https?:\/\/|mailto:|www\.)\S+$/
const BLOCK = /^(#{1,6} |[-*+] |\d+[.)] |> |\||```|---)|\n\n/
/** Bytes of a file that can become a part of a note. */
const LARGEST_FILE = 500_000

// Control characters are refused by the service; a text that is pasted comes without them.
// eslint-disable-next-line no-control-regex
const withoutControls = (pasted: string): string => pasted.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')

/** In place of what is selected; what stands by itself is put apart from the text around it. */
function insert(view: EditorView, text: string): void {
  const { state } = view
  const { from, to } = state.selection.main
  const before = state.sliceDoc(state.doc.lineAt(from).from, from).trim()
  const after = state.sliceDoc(to, state.doc.lineAt(to).to).trim()
  const apart = BLOCK.test(text)
  const whole = `${apart && before ? '\n\n' : ''}${withoutControls(text)}${apart && after ? '\n\n' : ''}`
  view.dispatch(state.replaceSelection(whole), { userEvent: 'input.paste', scrollIntoView: true })
}

function pasteRich(view: EditorView, data: DataTransfer): boolean {
  if (isInCode(view.state)) return false
  const isAddress = ADDRESS.test(data.getData('text/plain').trim())
  if (isAddress && !view.state.selection.main.empty) return false
  const html = data.getData('text/html')
  const text = html === '' ? null : markdownOf(html)
  if (text === null || text === '') return false
  insert(view, text)
  return true
}

async function textOf(file: File): Promise<string | null> {
  if (file.size > LARGEST_FILE) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

async function takeFiles(view: EditorView, files: readonly File[]): Promise<void> {
  const texts = await Promise.all(files.map(textOf))
  const refused = files.filter((_, index) => texts[index] === null).map(({ name }) => name)
  const text = texts.filter((each) => each !== null).join('\n\n')
  if (text !== '') insert(view, text)
  if (refused.length > 0) view.dom.dispatchEvent(new CustomEvent(REFUSED, { detail: refused, bubbles: true, composed: true }))
}

const taking = EditorView.domEventHandlers({
  paste({ clipboardData: data }, view) {
    if (!data) return false
    if (pasteRich(view, data)) return true
    if (data.files.length === 0 || data.getData('text/plain') !== '') return false
    void takeFiles(view, [...data.files])
    return true
  },
  drop(event, view) {
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length === 0) return false
    const anchor = view.posAtCoords({ x: event.clientX, y: event.clientY }, false)
    view.dispatch({ selection: { anchor } })
    view.focus()
    void takeFiles(view, files)
    return true
  },
})

/** What is copied is rich text too, for those who paste it elsewhere. */
const giving = ViewPlugin.define((view) => {
  let render: ((source: string) => string) | null = null
  // A copy waits for nothing, so the renderer has to be here before.
  const loading = setTimeout(() => {
    import('@/features/preview/render').then(
      (module) => (render = module.render),
      () => undefined,
    )
  }, 1000)

  // The editor has put the text there by now.
  function enrich({ clipboardData: data, defaultPrevented }: ClipboardEvent): void {
    if (render && data && defaultPrevented) data.setData('text/html', `<div ${OWN}="">${render(data.getData('text/plain'))}</div>`)
  }

  view.dom.addEventListener('copy', enrich)
  view.dom.addEventListener('cut', enrich)
  return {
    destroy() {
      clearTimeout(loading)
      view.dom.removeEventListener('copy', enrich)
      view.dom.removeEventListener('cut', enrich)
    },
  }
})

export const clipboard = [EditorView.clipboardInputFilter.of(withoutControls), taking, giving]
