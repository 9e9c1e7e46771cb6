import { onScopeDispose, watch } from 'vue'

const NAME = 'Notewire'

/** Names the page in the browser's tab and history while the component lives; empty leaves the app's name alone. */
export function useTitle(title: () => string): void {
  watch(
    title,
    (text) => {
      document.title = text ? `${text} · ${NAME}` : NAME
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    document.title = NAME
  })
}
