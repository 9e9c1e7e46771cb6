"""Requests for a page of people, checked, and the tokens that lead from page to page."""

from notewire_proto import user_pb2
from service_kit.errors import Violations
from service_kit.page import decode_token, encode_token, page_offset, page_size
from user_svc.domain.listing import Listing, Order, UserPage


def parse_listing(request: user_pb2.ListUsersRequest) -> Listing:
    """Reads a request for a page. Raises InvalidArgument with every fault."""
    violations = Violations()
    order = _parse_order(request.order_by, violations)
    size = page_size(request.page_size, violations)
    keys = decode_token(request.page_token, _binding(order), violations, order.key_type)
    offset = 0 if request.page_token else page_offset(request.page, size, violations)
    violations.raise_any()
    return Listing(order, size, keys[0] if keys else None, offset)


def next_token(listing: Listing, page: UserPage) -> str:
    """The token for what follows; empty when nothing does."""
    return encode_token(_binding(listing.order), listing.order.key(page.users[-1])) if page.more else ""


def _binding(order: Order) -> str:
    """What ties a page token to an order."""
    return f"users/{order.value}"


def _parse_order(order_by: str, violations: Violations) -> Order:
    try:
        return Order(order_by) if order_by else Order.NEWEST
    except ValueError:
        violations.add("order_by", "must be one of: " + ", ".join(order.value for order in Order))
        return Order.NEWEST
