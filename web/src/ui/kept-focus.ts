import { onScopeDispose, watch, type Ref } from 'vue'

/** Where what has the focus within the element goes away by itself, the focus goes to a place that stays. */
export function useKeptFocus(within: Readonly<Ref<HTMLElement | null>>, place: () => HTMLElement | null): void {
  let last: Element | null = null
  const observer = new MutationObserver(check)

  function check(): void {
    if (!last || last.isConnected) return
    last = null
    if (document.activeElement === document.body) place()?.focus({ preventScroll: true })
  }

  function onFocusIn({ target }: FocusEvent): void {
    last = target instanceof Element ? target : null
  }

  /** Of what is removed some browsers tell this too, and all of a button that is disabled until it goes. */
  function onFocusOut(): void {
    queueMicrotask(() => {
      if (!last?.isConnected) check()
      else if (document.activeElement !== last && !last.matches(':disabled')) last = null
    })
  }

  function stop(element: HTMLElement | null): void {
    element?.removeEventListener('focusin', onFocusIn)
    element?.removeEventListener('focusout', onFocusOut)
    observer.disconnect()
  }

  watch(
    within,
    (element, before) => {
      stop(before ?? null)
      element?.addEventListener('focusin', onFocusIn)
      element?.addEventListener('focusout', onFocusOut)
      if (element) observer.observe(element, { childList: true, subtree: true })
    },
    { flush: 'post', immediate: true },
  )
  onScopeDispose(() => stop(within.value))
}
