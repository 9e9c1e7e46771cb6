const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'narrow' })
const sameYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const otherYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

const today = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const month = new Intl.DateTimeFormat(undefined, { month: 'long' })
const monthOfYear = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A moment in the reader's zone and language: near ones by distance, others by date. Both in Unix seconds. */
export function relativeTime(at: number, now: number): string {
  const age = now - at
  if (age < MINUTE) return 'now'
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), 'minute')
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), 'hour')
  if (age < 7 * DAY) return relative.format(-Math.floor(age / DAY), 'day')
  const date = new Date(at * 1000)
  return (date.getFullYear() === new Date(now * 1000).getFullYear() ? sameYear : otherYear).format(date)
}

export function exactTime(at: number): string {
  return exact.format(new Date(at * 1000))
}

/** Names the day of a moment, the week, or the month, as a heading above what is of it. All in Unix seconds. */
export function dayNames(now: number): (at: number) => string {
  const present = new Date(now * 1000)
  const midnight = (ago: number): number => new Date(present.getFullYear(), present.getMonth(), present.getDate() - ago).getTime() / 1000
  // The days are the same for a whole list, and cost more than to compare with them.
  const days: readonly (readonly [since: number, name: string])[] = [
    [midnight(0), capitalised(today.format(0, 'day'))],
    [midnight(1), capitalised(today.format(-1, 'day'))],
    [midnight(7), 'Last 7 days'],
  ]
  return (at) => {
    const day = days.find(([since]) => at >= since)
    if (day) return day[1]
    const date = new Date(at * 1000)
    return capitalised((date.getFullYear() === present.getFullYear() ? month : monthOfYear).format(date))
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
