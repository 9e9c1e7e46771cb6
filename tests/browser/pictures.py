"""Makes the README's pictures from the running app: `python -m tests.browser.pictures DIRECTORY`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from playwright.sync_api import expect, sync_playwright

from local.stack import Stack
from tests.browser.app import Person, Window, identify
from tests.browser.conftest import launch, new_context
from tests.stack import called, running_stack

PEOPLE = ("mira.koenig", "jonas.weber", "ines.duarte", "tomas.novak", "aiko.tanaka")

RELEASE = """Goes out **Thursday, 14:00** if the canary stays quiet. Runbook: [rollout](https://runbooks.example.com/rollout).

## Before the cut

- [x] Freeze `main` and tag the candidate
- [x] Rotate the staging signing keys
- [ ] Read the migration once more with Ines
- [ ] Tell support what changes in sharing

## Rollout

1. One replica for 30 minutes, watch the error budget
2. Half of them, then all
3. Close the change in the calendar

> Nobody deploys on a Friday. Not even a fix for the fix.

```sh
kubectl rollout status deploy/note-svc --timeout=5m
```
"""


@dataclass(frozen=True)
class Example:
    owner: str
    title: str
    content: str
    readers: tuple[str, ...] = ()


MIRA, JONAS, INES, TOMAS, AIKO = PEOPLE
# Written from the last to the first, so that the release plan is on top.
NOTES = (
    Example(MIRA, "Books for the train", "The Design of Everyday Things, chapters 4 to 6. Then something with a plot."),
    Example(INES, "Onboarding: first week", "Day one: laptop, keys, lunch. Day two: read one service.", (MIRA,)),
    Example(MIRA, "Why Postgres and not a queue", "One place to look when something is wrong.", (JONAS, INES, TOMAS)),
    Example(JONAS, "Incident 41: slow lists", "A missing index on the shares. Fixed in 20 minutes.", (MIRA, AIKO)),
    Example(MIRA, "Offsite in Porto", "House near the river, six rooms. Ask Aiko about the trains.", (INES, AIKO)),
    Example(MIRA, "Questions for the security review", "Who can read a note after it was unshared?", (TOMAS,)),
    Example(TOMAS, "On call handover", "Quiet week. One alert for the certificate, renewed.", (MIRA, JONAS)),
    Example(MIRA, "1:1 with Jonas", "Happy with the bridge. Wants to give the talk in spring."),
    Example(MIRA, "Release plan 2.4", RELEASE, (JONAS, INES)),
)


def fill(stack: Stack) -> tuple[Person, str]:
    """People and notes as a small team has them; answers whose screen it is, and the note that is open."""
    people: dict[str, Person] = {}
    for name in PEOPLE:
        user = called(stack, "user.UserService/CreateUser", {"username": name, "email": f"{name}@example.com"})
        people[name] = Person(user["id"], user["username"], user["email"])
    note_id = ""
    for example in NOTES:
        texts = {"title": example.title, "content": example.content, "userId": people[example.owner].id}
        note_id = called(stack, "note.NoteService/CreateNote", texts)["id"]
        for reader in example.readers:
            called(stack, "note.NoteService/ShareNote", {"noteId": note_id, "userId": people[reader].id})
    return people[MIRA], note_id


async def age(stack: Stack) -> None:
    """Spreads the notes over two weeks, as if they had been written one by one."""
    server = str(stack.data.sockets / "postgres")
    connection = await asyncpg.connect(host=server, user="postgres", database="note_svc")
    try:
        await connection.execute(
            """WITH ages AS (
                   SELECT id, (row_number() OVER (ORDER BY created_at DESC) - 1) ^ 3 * interval '40 minutes' AS age
                   FROM notes
               )
               UPDATE notes SET created_at = created_at - age, updated_at = updated_at - age
               FROM ages WHERE notes.id = ages.id"""
        )
    finally:
        await connection.close()


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with running_stack() as stack:
        person, note_id = fill(stack)
        asyncio.run(age(stack))
        take(stack, person, note_id, directory)


def take(stack: Stack, person: Person, note_id: str, directory: Path) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for size in ("laptop", "phone"):
            for scheme in ("light", "dark"):
                context = new_context(browser, size, scheme=scheme)
                identify(context, person)
                window = Window(context.new_page(), stack, size)
                window.open(f"/notes/{note_id}")
                expect(window.text).to_contain_text("Nobody deploys on a Friday")
                window.page.screenshot(path=directory / f"notewire-{size}-{scheme}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
