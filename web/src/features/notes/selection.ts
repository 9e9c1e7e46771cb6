import { computed, shallowRef, type ComputedRef } from 'vue'

/** Milliseconds that a finger rests on a note to choose it. */
const LONG_PRESS_MS = 450
/** Pixels that it may stray meanwhile. */
const STRAY = 10

/** The notes of a list that are chosen, to do the same to all of them. */
export interface Selection {
  readonly ids: ComputedRef<readonly string[]>
  readonly some: ComputedRef<boolean>
  has: (id: string) => boolean
  toggle: (id: string) => void
  clear: () => void
  /** Takes a click that chooses: with Ctrl one more, with Shift all up to there, and by finger once one is chosen. */
  click: (event: MouseEvent, id: string) => void
  /** A finger that rests on a note chooses it. */
  press: (event: PointerEvent, id: string) => void
  release: () => void
  stray: (event: PointerEvent) => void
}

/** `order` gives the ids as the list shows them. */
export function createSelection(order: () => readonly string[]): Selection {
  const chosen = shallowRef<ReadonlySet<string>>(new Set())
  const ids = computed(() => order().filter((id) => chosen.value.has(id)))
  let anchor = ''
  let pressed: { readonly x: number; readonly y: number; readonly timer: ReturnType<typeof setTimeout> } | null = null
  /** The click that ends a long press is none. */
  let held = false

  function toggle(id: string): void {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
    anchor = id
  }

  function extendTo(id: string): void {
    const all = order()
    const [from, to] = [Math.max(0, all.indexOf(anchor)), all.indexOf(id)]
    chosen.value = new Set([...chosen.value, ...all.slice(Math.min(from, to), Math.max(from, to) + 1)])
  }

  function clear(): void {
    chosen.value = new Set()
  }

  function release(): void {
    clearTimeout(pressed?.timer)
    pressed = null
  }

  return {
    ids,
    some: computed(() => ids.value.length > 0),
    has: (id) => chosen.value.has(id),
    toggle,
    clear,
    click(event, id) {
      const byFinger = event instanceof PointerEvent && event.pointerType === 'touch' && chosen.value.size > 0
      const chooses = event.ctrlKey || event.metaKey || event.shiftKey || byFinger || held
      if (!chooses) {
        anchor = id
        clear()
        return
      }
      event.preventDefault()
      event.stopPropagation()
      if (event.shiftKey) extendTo(id)
      else if (!held) toggle(id)
      held = false
    },
    press({ pointerType, clientX: x, clientY: y }, id) {
      held = false
      if (pointerType !== 'touch') return
      const timer = setTimeout(() => {
        held = true
        toggle(id)
      }, LONG_PRESS_MS)
      pressed = { x, y, timer }
    },
    release,
    stray({ clientX, clientY }) {
      if (pressed && Math.hypot(clientX - pressed.x, clientY - pressed.y) > STRAY) release()
    },
  }
}
