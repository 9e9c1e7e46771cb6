// Runs before the first paint, so that a chosen light or dark never flashes into the other.
;(() => {
  try {
    const chosen = localStorage.getItem('notewire.appearance')
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.appearance = chosen
  } catch {
    // Without storage the system decides.
  }
})()
