from uuid import UUID

from note_svc.store.note_cache import NoteCache, NoteState


def state(number: int, *, xid: int = 7, updated_at: int = 1_000, with_content: bool = True) -> NoteState:
    return NoteState(UUID(int=number), xid, updated_at, with_content)


def test_a_form_is_given_for_its_state_alone() -> None:
    recent = NoteCache[str]()
    recent.keep(state(1), "form", 100)

    assert recent.get(state(1)) == "form"
    for other in (state(2), state(1, xid=8), state(1, updated_at=1_001), state(1, with_content=False)):
        assert recent.get(other) is None


def test_what_nobody_asked_for_goes_first_when_the_memory_is_full() -> None:
    recent = NoteCache[str](max_bytes=300)
    for number in (1, 2, 3):
        recent.keep(state(number), f"form {number}", 100)
    recent.get(state(1))
    recent.keep(state(4), "form 4", 150)

    assert [recent.get(state(number)) for number in (1, 2, 3, 4)] == ["form 1", None, None, "form 4"]
    assert recent.bytes == 250


def test_a_form_that_is_kept_again_counts_once() -> None:
    recent = NoteCache[str](max_bytes=300)
    recent.keep(state(1), "form", 200)
    recent.keep(state(1), "form", 250)

    assert recent.get(state(1)) == "form"
    assert recent.bytes == 250


def test_a_form_that_is_larger_than_the_memory_is_not_kept() -> None:
    recent = NoteCache[str](max_bytes=300)
    recent.keep(state(1), "form", 301)

    assert recent.get(state(1)) is None
    assert recent.bytes == 0
