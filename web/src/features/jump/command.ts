/** Something to do that is found by its name. */
export interface Command {
  readonly name: string
  readonly run: () => void
}
