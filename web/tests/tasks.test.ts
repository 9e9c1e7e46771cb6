import { Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { tasksIn } from '@/features/notes/tasks'

describe('the tasks of a note', () => {
  it('are counted wherever they are, and those that are ticked', () => {
    const text = '- [ ] one\n- [x] two\n  1. [X] three\n> * [ ] four\n\ntext [x] no\n- [] no\n- [x]no'
    expect(tasksIn(Text.of(text.split('\n')))).toEqual({ done: 2, all: 4 })
  })

  it('are none in code', () => {
    const text = '```\n- [ ] code\n```\n- [ ] one\n~~~~\n- [x] code\n~~~\n- [x] code\n~~~~\n- [x] two'
    expect(tasksIn(Text.of(text.split('\n')))).toEqual({ done: 1, all: 2 })
  })
})
