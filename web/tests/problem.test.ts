import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'
import { advised, problemOf } from '@/api/problem'
import { BadRequestSchema, ErrorInfoSchema } from '@/gen/google/rpc/error_details_pb'

describe('problemOf', () => {
  it('keeps the words of the service where they say more than the code', () => {
    expect(problemOf(new ConnectError('username already exists', Code.AlreadyExists)).message).toBe('Username already exists.')
  })

  it('hides what a failure of the server says', () => {
    const problem = problemOf(new ConnectError('upstream connect error', Code.Unavailable))
    expect(problem.message).toBe('The server is out of reach.')
    expect(advised(problem)).toBe('The server is out of reach. Try again in a moment.')
    expect(problem.passing).toBe(true)
  })

  it('gives each faulty field its own text', () => {
    const error = new ConnectError('bad', Code.InvalidArgument, undefined, [
      { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations: [{ field: 'email', description: 'has no @' }] }) },
    ])
    expect(problemOf(error).fields).toEqual({ email: 'This has no @.' })
  })

  it('names the reason', () => {
    const error = new ConnectError('stale', Code.Aborted, undefined, [
      { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason: 'STALE_VERSION' }) },
    ])
    expect(problemOf(error).reason).toBe('STALE_VERSION')
  })

  it('takes a lost connection for one that may pass', () => {
    expect(problemOf(new TypeError('Failed to fetch')).message).toBe('The server is out of reach.')
  })
})
