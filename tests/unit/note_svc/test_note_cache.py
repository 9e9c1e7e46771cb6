from uuid import UUID

from note_svc.store.note_cache import NoteCache, NoteState


def state(number: int, *, xid: int = 7, updated_at: int = 1_000, with_content: bool = True) -> NoteState:
    return NoteState(UUID(int=number), xid, updated_at, with_content)


def test_a_note_is_given_for_its_state_alone() -> None:
    cache = NoteCache[str]()
    cache.keep(state(1), "note", 100)

    assert cache.get(state(1)) == "note"
    for other in (state(2), state(1, xid=8), state(1, updated_at=1_001), state(1, with_content=False)):
        assert cache.get(other) is None


def test_what_nobody_asked_for_goes_first_when_the_memory_is_full() -> None:
    cache = NoteCache[str](max_bytes=300)
    for number in (1, 2, 3):
        cache.keep(state(number), f"note {number}", 100)
    cache.get(state(1))
    cache.keep(state(4), "note 4", 150)

    assert [cache.get(state(number)) for number in (1, 2, 3, 4)] == ["note 1", None, None, "note 4"]
    assert cache.bytes == 250


def test_a_note_that_is_kept_again_counts_once() -> None:
    cache = NoteCache[str](max_bytes=300)
    cache.keep(state(1), "note", 200)
    cache.keep(state(1), "note", 250)

    assert cache.get(state(1)) == "note"
    assert cache.bytes == 250


def test_a_note_that_is_larger_than_the_memory_is_not_kept_and_pushes_nothing_out() -> None:
    cache = NoteCache[str](max_bytes=300)
    cache.keep(state(1), "note", 300)
    cache.keep(state(2), "note", 301)

    assert cache.get(state(2)) is None
    assert cache.get(state(1)) == "note"
    assert cache.bytes == 300
