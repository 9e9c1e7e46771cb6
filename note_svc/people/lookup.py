"""Asks the user directory for people: from the cache while it counts, else with one call for all that are missing."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Protocol
from uuid import UUID

import grpc
import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_before_delay, wait_random_exponential

from note_svc.domain.person import Person, UserNotFound
from note_svc.people.cache import UserCache
from note_svc.people.messages import person_of
from notewire_proto.user_pb2 import BatchGetUsersRequest, BatchGetUsersResponse
from service_kit.errors import Unavailable

# The most that one question may take, and what is left of the caller's time for the rest of its work.
ANSWER_SECONDS = 0.8
MARGIN_SECONDS = 0.05
# For what cannot go on without an answer, while all pods of the directory are about to change.
_PAUSE = wait_random_exponential(multiplier=0.05, max=0.2)
# A directory that did not answer is not asked again for names that a reader can do without.
REST_SECONDS = 0.5
# Of BatchGetUsers.
MAX_IDS = 1_000

_log = structlog.get_logger(__name__)
_Flight = asyncio.Task[Mapping[UUID, Person] | None]


class UserServiceUnavailable(Unavailable):
    """Nobody says in time whether a user exists."""

    reason = "USER_SERVICE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the user service does not answer")


class BatchGetUsers(Protocol):
    """The method of a stub of user.UserDirectory."""

    def __call__(
        self, request: BatchGetUsersRequest, *, timeout: float | None = None
    ) -> grpc.aio.UnaryUnaryCall[BatchGetUsersRequest, BatchGetUsersResponse]: ...


class UserLookup:
    """Finds users by id. `budget` is how long a caller can wait, in seconds; None means it does not say."""

    def __init__(self, batch_get_users: BatchGetUsers, cache: UserCache) -> None:
        self._batch_get_users = batch_get_users
        self._cache = cache
        self._flights: dict[UUID, _Flight] = {}
        self._rest_until = float("-inf")

    async def known(self, user_ids: Collection[UUID], budget: float | None) -> Mapping[UUID, Person]:
        """Those of the users whose names can be had, for showing. Never fails.

        While the directory does not answer, a name that was cached is shown although it may be old.
        """
        found, missing = self._cache.known(user_ids)
        if not self._cache.fresh:
            missing = set(user_ids)
        if not missing:
            return found
        if self._resting():
            return found
        answers = await self._ask(missing, _answer_seconds(budget))
        for user_id, person in answers.items():
            # A change that the feed brought meanwhile is newer than the answer.
            newest = self._cache.get(user_id) or person
            if newest is None:
                found.pop(user_id, None)
            else:
                found[user_id] = newest
        return found

    async def require(self, user_id: UUID, budget: float | None) -> None:
        """Returns when the user exists. A directory that fails at once is asked again while there is time.

        Raises UserNotFound, and UserServiceUnavailable when the directory does not answer in time.
        """
        if self._cache.fresh and self._cache.get(user_id) is not None:
            return
        seconds = _answer_seconds(budget)
        deadline = asyncio.get_running_loop().time() + seconds
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(UserServiceUnavailable),
            wait=_PAUSE,
            stop=stop_before_delay(seconds),
            reraise=True,
        ):
            with attempt:
                await self._find(user_id, deadline)

    async def _find(self, user_id: UUID, deadline: float) -> None:
        answer = await self._ask([user_id], deadline - asyncio.get_running_loop().time())
        if user_id not in answer:
            raise UserServiceUnavailable
        if answer[user_id] is None:
            raise UserNotFound

    async def _ask(self, user_ids: Collection[UUID], seconds: float) -> Mapping[UUID, Person | None]:
        """What the directory says of each id, None for nobody; an id is missing when no answer came in time.

        An id that somebody asks for already is not asked for again. A question belongs to nobody: it has all the time
        that an answer may take, and each caller waits for it as long as they can themselves.
        """
        if seconds <= 0:
            return {}
        joined = {user_id: flight for user_id in user_ids if (flight := self._flights.get(user_id)) is not None}
        flights = joined | self._start([user_id for user_id in user_ids if user_id not in joined])
        await asyncio.wait(set(flights.values()), timeout=seconds)
        return _landed(flights)

    def _start(self, user_ids: Iterable[UUID]) -> dict[UUID, _Flight]:
        """One flight for each thousand ids, by id."""
        started: dict[UUID, _Flight] = {}
        rest = iter(user_ids)
        while batch := list(islice(rest, MAX_IDS)):
            flight = asyncio.create_task(self._fetch(batch))
            for user_id in batch:
                started[user_id] = self._flights[user_id] = flight
        return started

    async def _fetch(self, user_ids: list[UUID]) -> Mapping[UUID, Person] | None:
        flight = asyncio.current_task()
        history = self._cache.history
        try:
            response = await self._batch_get_users(BatchGetUsersRequest(ids=map(str, user_ids)), timeout=ANSWER_SECONDS)
        except grpc.aio.AioRpcError as error:
            self._rest()
            _log.warning("user directory does not answer", code=error.code().name, detail=error.details())
            return None
        finally:
            for user_id in user_ids:
                if self._flights.get(user_id) is flight:
                    del self._flights[user_id]
        self._rest_until = float("-inf")
        found = {person.id: person for person in map(person_of, response.users)}
        self._cache.learn(user_ids, found, response.position, history)
        return found

    def _rest(self) -> None:
        self._rest_until = asyncio.get_running_loop().time() + REST_SECONDS

    def _resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._rest_until


def _answer_seconds(budget: float | None) -> float:
    return ANSWER_SECONDS if budget is None else min(budget - MARGIN_SECONDS, ANSWER_SECONDS)


def _landed(flights: Mapping[UUID, _Flight]) -> dict[UUID, Person | None]:
    """The answers among the flights, by id."""
    answers: dict[UUID, Person | None] = {}
    for user_id, flight in flights.items():
        answer = flight.result() if flight.done() and not flight.cancelled() else None
        if answer is not None:
            answers[user_id] = answer.get(user_id)
    return answers
