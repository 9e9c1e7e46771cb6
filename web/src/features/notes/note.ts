import type { Note as NoteMessage, UserInfo } from '@/gen/note_pb'

/** Somebody as a note names them; the name is empty while it is not known. */
export interface Person {
  readonly id: string
  readonly username: string
  readonly email: string
}

/** Somebody who was given a note, and when: in Unix seconds, 0 where nobody knows any more. */
export interface Reader extends Person {
  readonly since: number
}

/** A note as a list shows it. Times are Unix seconds. */
export interface NoteSummary {
  readonly id: string
  readonly title: string
  readonly snippet: string
  readonly owner: Person
  /** In a list the first of them. */
  readonly sharedWith: readonly Reader[]
  readonly sharedWithCount: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: bigint
}

/** A note with its text. */
export interface Note extends NoteSummary {
  readonly content: string
}

/** What a person writes in a note. */
export interface Texts {
  readonly title: string
  readonly content: string
}

/** Most characters of a title. */
export const TITLE_LIMIT = 200
/** Most bytes of a text in UTF-8. */
const CONTENT_LIMIT = 1024 * 1024

export function summaryOf(message: NoteMessage): NoteSummary {
  const known = new Map(message.sharedWithUsers.map((user) => [user.id, user]))
  return {
    id: message.id,
    title: message.title,
    snippet: message.snippet,
    owner: personOf(message.userId, message.user),
    sharedWith: message.sharedWithUserIds.map((id, place) => ({
      ...personOf(id, known.get(id)),
      since: Number(message.sharedWithSince[place] ?? 0),
    })),
    // A server of before sends all of them and no number.
    sharedWithCount: Math.max(message.sharedWithCount, message.sharedWithUserIds.length),
    createdAt: Number(message.createdAt),
    updatedAt: Number(message.updatedAt),
    version: message.version,
  }
}

export function noteOf(message: NoteMessage): Note {
  return { ...summaryOf(message), content: message.content }
}

export function sameTexts(one: Texts, other: Texts): boolean {
  return one.title === other.title && one.content === other.content
}

export function isBlank(texts: Texts): boolean {
  return texts.title.trim() === '' && texts.content.trim() === ''
}

/** By how many bytes a text is longer than the service takes; 0 when it is not. */
export function excessOf({ content }: Texts): number {
  // No character of a string has more than three bytes.
  if (content.length * 3 <= CONTENT_LIMIT) return 0
  return Math.max(0, new TextEncoder().encode(content).length - CONTENT_LIMIT)
}

export function titleOf(texts: { readonly title: string }): string {
  return texts.title.trim() || 'Untitled'
}

function personOf(id: string, user: UserInfo | undefined): Person {
  return { id, username: user?.username ?? '', email: user?.email ?? '' }
}
