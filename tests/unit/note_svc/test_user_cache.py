from uuid import NAMESPACE_OID, UUID, uuid5

from note_svc.domain.person import Person
from note_svc.people.cache import FRESH_SECONDS, PersonChange, UserCache


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def uid(user_id: str) -> UUID:
    return uuid5(NAMESPACE_OID, user_id)


def user(user_id: str, username: str) -> Person:
    return Person(uid(user_id), username, f"{username}@example.com")


def renamed(user_id: str, username: str, position: int) -> PersonChange:
    return PersonChange(uid(user_id), position, user(user_id, username))


def deleted(user_id: str, position: int) -> PersonChange:
    return PersonChange(uid(user_id), position, None)


def step(cache: UserCache, *changes: PersonChange) -> None:
    cache.apply(changes, max((change.position for change in changes), default=0), complete=True)


def learn(cache: UserCache, asked: list[str], people: list[Person], position: int, history: int | None = None) -> None:
    found = {person.id: person for person in people}
    cache.learn(map(uid, asked), found, position, cache.history if history is None else history)


def name(cache: UserCache, user_id: str) -> str | None:
    person = cache.get(uid(user_id))
    return None if person is None else person.username


def test_it_counts_only_while_the_feed_is_heard_of_and_complete() -> None:
    clock = Clock()
    cache = UserCache(clock)
    counted = [cache.fresh]
    cache.apply([], 5, complete=False)
    counted.append(cache.fresh)
    cache.apply([], 5, complete=True)
    counted.append(cache.fresh)
    clock.time += FRESH_SECONDS - 0.01
    counted.append(cache.fresh)
    clock.time += 0.01
    counted.append(cache.fresh)
    assert counted == [False, False, True, True, False]
    assert cache.position == 5


def test_changes_replace_and_remove_what_is_known() -> None:
    cache = UserCache(Clock())
    learn(cache, ["a", "b"], [user("a", "old"), user("b", "bob")], 3)
    step(cache, renamed("a", "new", 4), deleted("b", 5), renamed("c", "nobody asked", 6))
    assert (name(cache, "a"), name(cache, "b"), name(cache, "c"), len(cache)) == ("new", None, None, 1)


def test_an_older_answer_never_brings_an_old_name_back() -> None:
    for known in ([], [user("a", "old")]):
        cache = UserCache(Clock())
        learn(cache, ["a"], known, 3)
        step(cache, renamed("a", "new", 5))
        learn(cache, ["a"], [user("a", "old")], 4)
        assert name(cache, "a") != "old"
        learn(cache, ["a"], [user("a", "new")], 5)
        assert name(cache, "a") == "new"


def test_an_older_answer_never_brings_a_deleted_user_back() -> None:
    cache = UserCache(Clock())
    step(cache, deleted("a", 5))
    learn(cache, ["a"], [user("a", "gone")], 4)
    assert name(cache, "a") is None


def test_a_replayed_change_never_replaces_a_newer_answer() -> None:
    cache = UserCache(Clock())
    learn(cache, ["a", "b"], [user("a", "third")], 9)
    step(cache, renamed("a", "second", 7), deleted("b", 8))
    assert name(cache, "a") == "third"
    step(cache, renamed("a", "fourth", 10))
    assert name(cache, "a") == "fourth"


def test_an_answer_older_than_all_it_remembers_of_the_feed_is_not_kept() -> None:
    cache = UserCache(Clock(), max_changes=2)
    step(cache, *(renamed(str(number), "x", number) for number in range(10, 15)))
    learn(cache, ["10"], [user("10", "old")], 9)
    learn(cache, ["other"], [user("other", "old")], 11)
    assert (name(cache, "10"), name(cache, "other")) == (None, None)
    learn(cache, ["other"], [user("other", "new")], 12)
    assert name(cache, "other") == "new"


def test_what_was_learnt_before_the_feed_began_goes() -> None:
    cache = UserCache(Clock())
    step(cache, renamed("c", "x", 9))
    learn(cache, ["a", "b"], [user("a", "old"), user("b", "new")], 9)
    asked_before = cache.history
    cache.begin(7)
    assert (len(cache), cache.fresh, cache.position) == (0, False, 7)
    learn(cache, ["a"], [user("a", "old")], 6)
    learn(cache, ["b"], [user("b", "of another history")], 8, asked_before)
    learn(cache, ["c"], [user("c", "new")], 7)
    assert (name(cache, "a"), name(cache, "b"), name(cache, "c")) == (None, None, "new")


def test_a_feed_that_goes_on_keeps_what_its_history_has_for_sure() -> None:
    cache = UserCache(Clock())
    learn(cache, ["a"], [user("a", "x")], 5)
    learn(cache, ["b"], [user("b", "y")], 6)
    asked_before = cache.history
    cache.go_on(5)
    learn(cache, ["c"], [user("c", "z")], 6, asked_before)
    assert (name(cache, "a"), name(cache, "b"), name(cache, "c")) == ("x", None, None)


def test_an_answer_without_the_user_removes_them() -> None:
    cache = UserCache(Clock())
    learn(cache, ["a"], [user("a", "x")], 3)
    learn(cache, ["a"], [], 4)
    assert name(cache, "a") is None


def test_it_holds_a_bounded_number_of_users() -> None:
    cache = UserCache(Clock(), max_users=3)
    for number in range(10):
        learn(cache, [str(number)], [user(str(number), "x")], 1)
    assert [number for number in range(10) if name(cache, str(number))] == [7, 8, 9]
    learn(cache, ["8"], [user("8", "y")], 2)
    assert len(cache) == 3
