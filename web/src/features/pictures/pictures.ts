/** The sizes of pictures that were shown before, in pixels, by address: what comes again takes its room at once. */
const sizes = new Map<string, { readonly width: number; readonly height: number }>()

/** A picture is fetched by https alone, and only where the install's Content-Security-Policy lets it. */
export function isPicture(address: string): boolean {
  return /^https:\/\/[^\s<>"]+$/i.test(address)
}

/** What stands in place of a picture that cannot be had: the way to it, in its words. */
function linkTo(image: HTMLImageElement): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = image.src
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  link.textContent = image.alt || image.src
  return link
}

/** Holds the room of a picture until it is there; `settled` is called when that has changed. */
export function furnishPicture(image: HTMLImageElement, settled: () => void = () => undefined): void {
  const size = sizes.get(image.src)
  if (size) Object.assign(image, size)
  else image.classList.add('awaited')
  image.addEventListener('load', () => {
    sizes.set(image.src, { width: image.naturalWidth, height: image.naturalHeight })
    image.classList.remove('awaited')
    Object.assign(image, sizes.get(image.src))
    settled()
  })
  image.addEventListener('error', () => {
    image.replaceWith(linkTo(image))
    settled()
  })
}

export function createPicture(address: string, alt: string, settled?: () => void): HTMLImageElement {
  const image = document.createElement('img')
  image.className = 'picture'
  image.alt = alt
  // Nobody is told from which note it is looked at.
  image.referrerPolicy = 'no-referrer'
  image.decoding = 'async'
  image.loading = 'lazy'
  image.src = address
  furnishPicture(image, settled)
  return image
}
