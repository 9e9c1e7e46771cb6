import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWindows } from '@/app/windows'

beforeEach(() => {
  vi.stubGlobal('navigator', {})
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a window without locks', () => {
  it('does one thing of a name at a time', async () => {
    const windows = createWindows('me')
    let finish: (result: string) => void = () => undefined
    const first = new Promise<string>((resolve) => {
      finish = resolve
    })
    const running = windows.alone('note', () => first)
    expect(await windows.alone('note', () => Promise.resolve('second'))).toBe(null)
    expect(await windows.alone('another', () => Promise.resolve('third'))).toBe('third')
    finish('first')
    expect(await running).toBe('first')
    expect(await windows.alone('note', () => Promise.resolve('fourth'))).toBe('fourth')
  })

  it('can try again after a failure', async () => {
    const windows = createWindows('me')
    await expect(windows.alone('note', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await windows.alone('note', () => Promise.resolve('yes'))).toBe('yes')
  })
})
