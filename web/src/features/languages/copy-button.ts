const SAID_MS = 1500

/** Copies what `code` gives when it is pressed, and says so for a moment. */
export function createCopyButton(code: () => string): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.ariaLabel = 'Copy the code'
  button.textContent = 'Copy'
  const say = (text: string): void => {
    button.textContent = text
    window.setTimeout(() => (button.textContent = 'Copy'), SAID_MS)
  }
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(code()).then(
      () => say('Copied'),
      () => say('Not copied'),
    )
  })
  return button
}
