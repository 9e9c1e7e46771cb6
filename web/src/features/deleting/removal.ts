/** A note that a person moved away or took back, until the server knows. */
export interface Removal {
  readonly noteId: string
  readonly personId: string
  readonly wanted: 'deleted' | 'present'
  /** Milliseconds since 1970. */
  readonly at: number
}
