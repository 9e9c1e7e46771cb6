import { defineAsyncComponent, type Component } from 'vue'

const FIRST_MS = 500
const LONGEST_MS = 10_000

/** A component whose file is asked for when it is first shown, and again until it comes. */
export function lazy(load: () => Promise<{ default: Component }>): Component {
  return defineAsyncComponent({
    loader: load,
    onError(_error, retry, _fail, attempts) {
      setTimeout(retry, Math.min(LONGEST_MS, FIRST_MS * 2 ** attempts))
    },
  })
}
