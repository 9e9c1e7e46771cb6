"""Requests for a page of notes, checked, and the tokens that lead from page to page."""

from typing import NamedTuple
from uuid import UUID

from note_svc.domain.listing import NEWEST_FIRST, ORDERS, Listing, Order, Place, Scope, SortKey, Start
from notewire_proto import note_pb2
from service_kit.errors import Violations
from service_kit.ids import parse_id
from service_kit.page import decode_token, encode_token, page_offset, page_size

# Unix microseconds of the year 10000: tokens name no time from then on.
_END_OF_TIME = 253_402_300_800_000_000
_SCOPES = {
    note_pb2.NOTE_SCOPE_UNSPECIFIED: Scope.OWNED,
    note_pb2.NOTE_SCOPE_OWNED: Scope.OWNED,
    note_pb2.NOTE_SCOPE_SHARED: Scope.SHARED,
    note_pb2.NOTE_SCOPE_ALL: Scope.ALL,
}
_WITH_CONTENT = {
    note_pb2.NOTE_VIEW_UNSPECIFIED: True,
    note_pb2.NOTE_VIEW_FULL: True,
    note_pb2.NOTE_VIEW_BASIC: False,
}


class PageRequest(NamedTuple):
    """A page to read, and what its tokens are bound to."""

    listing: Listing
    binding: str


def parse_list(request: note_pb2.ListNotesRequest) -> PageRequest:
    """A page of everybody's notes. Raises InvalidArgument."""
    return _parse(request, Scope.EVERYBODY, None, Violations())


def parse_list_by_user(request: note_pb2.ListNotesByUserRequest) -> PageRequest | None:
    """A page of a person's notes; None for somebody who cannot exist. Raises InvalidArgument."""
    violations = Violations()
    violations.add("user_id", None if request.user_id else "is required")
    scope = _SCOPES.get(request.scope)
    violations.add("scope", "is not a scope" if scope is None else None)
    user_id = parse_id(request.user_id) if request.user_id else None
    page = _parse(request, scope or Scope.OWNED, user_id, violations)
    return None if user_id is None else page


def next_token(page: PageRequest, place: Place | None) -> str:
    """The token for what follows a place; empty when nothing does."""
    return "" if place is None else encode_token(page.binding, *place)


def _parse(
    request: note_pb2.ListNotesRequest | note_pb2.ListNotesByUserRequest,
    scope: Scope,
    user_id: UUID | None,
    violations: Violations,
) -> PageRequest:
    size = page_size(request.page_size, violations)
    with_content = _WITH_CONTENT.get(request.view)
    violations.add("view", "is not a view" if with_content is None else None)
    order = ORDERS.get(request.order_by)
    if order is None:
        violations.add("order_by", "must be one of: " + ", ".join(filter(None, ORDERS)))
        order = NEWEST_FIRST
    binding = f"notes/{scope.value}/{user_id}/{order.key.value}/{order.descending}"
    if request.page_token:
        start = Start(_place(request.page_token, binding, order, violations))
    else:
        start = Start(offset=page_offset(request.page, size, violations))
    violations.raise_any()
    return PageRequest(Listing(scope, user_id, order, start, size, with_content or False), binding)


def _place(token: str, binding: str, order: Order, violations: Violations) -> Place | None:
    keys = decode_token(token, binding, violations, str if order.key is SortKey.TITLE else int, UUID)
    if keys is None:
        return None
    place = Place(*keys)
    if isinstance(place.key, int) and not 0 <= place.key < _END_OF_TIME:
        violations.add("page_token", "is not a token of this list in this order")
    return place
