import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { NoteScope } from '@/gen/note_pb'

export const SCOPES = ['all', 'mine', 'shared'] as const
export type Scope = (typeof SCOPES)[number]

export const SORTS = ['changed', 'created', 'title'] as const
export type Sort = (typeof SORTS)[number]

/** Which list is shown, as the address says it. */
export interface ListPlace {
  readonly scope: Scope
  readonly sort: Sort
}

export const SCOPE_NAMES: Readonly<Record<Scope, string>> = { all: 'All notes', mine: 'My notes', shared: 'Shared with me' }
export const SORT_NAMES: Readonly<Record<Sort, string>> = { changed: 'Last changed', created: 'Newest', title: 'Title' }

export const SCOPE_VALUES: Readonly<Record<Scope, NoteScope>> = {
  all: NoteScope.ALL,
  mine: NoteScope.OWNED,
  shared: NoteScope.SHARED,
}
export const SORT_ORDERS: Readonly<Record<Sort, string>> = { changed: 'updated_at desc', created: 'created_at desc', title: 'title' }

export function placeOf(query: LocationQuery): ListPlace {
  return { scope: SCOPES.find((scope) => scope === query.scope) ?? 'all', sort: SORTS.find((sort) => sort === query.sort) ?? 'changed' }
}

/** The defaults stay out of the address. */
export function queryOf({ scope, sort }: ListPlace): LocationQueryRaw {
  return { ...(scope === 'all' ? {} : { scope }), ...(sort === 'changed' ? {} : { sort }) }
}
