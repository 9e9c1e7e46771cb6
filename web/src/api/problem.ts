import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '@/gen/google/rpc/error_details_pb'

/** A failed call in words for a person. */
export interface Problem {
  readonly code: Code
  /** What to show where it happened. */
  readonly message: string
  /** The same call may succeed later. */
  readonly passing: boolean
  /** Reason constant of the service, such as STALE_VERSION. */
  readonly reason: string
  /** What is wrong with each faulty field, by its path. */
  readonly fields: Readonly<Record<string, string>>
}

/** What each gRPC code means to a person. `said`: the service's own text says it better. */
const TABLE: Readonly<Record<Code, { message: string; passing: boolean; said?: true }>> = {
  [Code.Canceled]: { message: 'This was stopped.', passing: true },
  [Code.Unknown]: { message: 'Something unexpected happened.', passing: true },
  [Code.InvalidArgument]: { message: 'This is not accepted.', passing: false, said: true },
  [Code.DeadlineExceeded]: { message: 'This took too long.', passing: true },
  [Code.NotFound]: { message: 'This is not there any more.', passing: false, said: true },
  [Code.AlreadyExists]: { message: 'This is there already.', passing: false, said: true },
  [Code.PermissionDenied]: { message: 'You may not do this.', passing: false },
  [Code.ResourceExhausted]: { message: 'Too much at once.', passing: true },
  [Code.FailedPrecondition]: { message: 'This cannot be done as things are now.', passing: false, said: true },
  [Code.Aborted]: { message: 'Somebody changed this in the meantime.', passing: false },
  [Code.OutOfRange]: { message: 'This is out of range.', passing: false, said: true },
  [Code.Unimplemented]: { message: 'The server does not know this yet.', passing: false },
  [Code.Internal]: { message: 'Something went wrong on the server.', passing: true },
  [Code.Unavailable]: { message: 'The server is out of reach.', passing: true },
  [Code.DataLoss]: { message: 'The server has lost this.', passing: false },
  [Code.Unauthenticated]: { message: 'Please sign in again.', passing: false },
}

export function problemOf(reason: unknown): Problem {
  const error = ConnectError.from(reason)
  // A browser says no more of a lost connection than that fetch failed.
  const code = error.code === Code.Unknown && error.cause instanceof TypeError ? Code.Unavailable : error.code
  const { message, passing, said } = TABLE[code]
  const violations = error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations)
  return {
    code,
    message: said && error.rawMessage ? sentence(error.rawMessage) : message,
    passing,
    reason: error.findDetails(ErrorInfoSchema)[0]?.reason ?? '',
    fields: Object.fromEntries(violations.map((violation) => [violation.field, sentence(`this ${violation.description}`)])),
  }
}

/** With what to do about it, where no button beside it says so. */
export function advised({ message, passing }: Problem): string {
  return passing ? `${message} Try again in a moment.` : message
}

function sentence(text: string): string {
  const start = text.charAt(0).toLocaleUpperCase('en') + text.slice(1)
  return /[.!?]$/.test(start) ? start : `${start}.`
}
