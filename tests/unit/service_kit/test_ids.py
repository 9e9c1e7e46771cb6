import pytest

from service_kit.errors import InvalidArgument
from service_kit.ids import new_id, new_id_fault, parse_id


def test_ids_are_uuids_of_version_seven_that_grow() -> None:
    made = [new_id() for _ in range(1000)]

    assert made == sorted(made)
    assert {identity.version for identity in made} == {7}


def test_an_id_is_read_in_any_letter_case() -> None:
    identity = new_id()

    assert parse_id(str(identity)) == identity
    assert parse_id(str(identity).upper()) == identity


def test_an_empty_id_is_a_fault_of_its_field() -> None:
    with pytest.raises(InvalidArgument) as raised:
        parse_id("", "note_id")
    assert raised.value.violations == (("note_id", "is required"),)


@pytest.mark.parametrize("text", ["x", "0" * 32, "{0193}", "a" * 36, "019353c1-7b4e-7c3e-b1a1-f0e1d2c3b4a\n", "\x00"])
def test_a_malformed_id_names_nothing(text: str) -> None:
    assert parse_id(text) is None


def test_a_chosen_id_is_a_uuid_of_version_seven() -> None:
    assert new_id_fault(str(new_id())) is None
    for text in ("", str(new_id()).upper(), "550e8400-e29b-41d4-a716-446655440000"):
        assert new_id_fault(text) == "must be a UUIDv7 in lower case with hyphens"
