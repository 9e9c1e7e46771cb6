import { createCopyButton } from '@/features/languages/copy-button'

/** Gives each block of code its button and, once its language is there, its colours. */
export async function furnishCode(root: HTMLElement): Promise<void> {
  const blocks = [...root.querySelectorAll<HTMLElement>('.code:not(.indented)')]
  for (const block of blocks) block.querySelector('header')?.append(createCopyButton(() => block.querySelector('code')?.textContent ?? ''))
  const named = blocks.filter(({ dataset }) => dataset.info)
  if (named.length === 0) return
  const { highlight } = await import('@/features/languages/highlight')
  await Promise.all(
    named.map(async (block) => {
      const code = block.querySelector('code')
      const coloured = code && (await highlight(code.textContent, block.dataset.info ?? ''))
      if (coloured) code.replaceChildren(coloured)
    }),
  )
}
