"""Tables are drawn as tables and written cell by cell, and stay tidy Markdown."""

from __future__ import annotations

import re
from random import Random

import pytest
from playwright.sync_api import Locator, expect

from local.stack import Stack
from tests.browser.app import Person, Window, gone_sideways, new_note, note_of
from tests.browser.conftest import Opener, on_a_laptop
from tests.browser.test_clipboard import PASTE

TABLE = """\
| who | when |
| --- | ---: |
| Mira | Thursday |
| Jonas | 15:00 |"""
SEEDS = range(4)
NOTE = f"Above\n\n{TABLE}\n\nBelow"


def opened(window: Window, stack: Stack, me: Person, content: str = NOTE) -> str:
    note_id = str(new_note(stack, me, "Plan", content)["id"])
    window.open(f"/notes/{note_id}")
    window.text.wait_for()
    return note_id


def cell(window: Window, text: str) -> Locator:
    return window.text.get_by_role("cell", name=text, exact=True)


def writing(window: Window) -> Locator:
    """The cell that is being written."""
    return window.text.locator(".cell-editor .cm-content")


def saved(window: Window, stack: Stack, note_id: str) -> str:
    window.page.keyboard.press("ControlOrMeta+s")
    window.state_is("saved")
    return str(note_of(stack, note_id)["content"])


def press(window: Window, *keys: str) -> None:
    for key in keys:
        window.page.keyboard.press(key)


def type_in(window: Window, text: str) -> None:
    window.page.keyboard.type(text)


def test_a_cell_is_written_in_place(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me)
    expect(window.text.get_by_role("columnheader")).to_have_text(["who", "when"])
    expect(cell(window, "Thursday")).to_have_css("text-align", "right")
    cell(window, "Mira").click()
    expect(window.page.get_by_role("textbox", name="who, row 1")).to_be_focused()
    press(window, "End")
    type_in(window, " and **Jo**")
    window.picture("table-written")
    press(window, "Tab", "End")
    type_in(window, " 9 | 10")
    assert saved(window, stack, note_id) == NOTE.replace("Mira | Thursday", r"Mira and **Jo** | Thursday 9 \| 10")
    expect(window.text.locator("td strong")).to_have_text("Jo")
    window.title.click()
    assert gone_sideways(window.page) == []


@on_a_laptop
def test_keys_go_through_cells_and_make_rows(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me)
    window.text.get_by_text("Above").click()
    press(window, "ArrowDown", "ArrowDown")
    expect(window.page.get_by_role("textbox", name="Header of column 1")).to_be_focused()
    press(window, "Shift+Tab")
    type_in(window, "!")
    press(window, "ArrowDown", "ArrowDown", "Tab", "Tab", "Tab", "Tab")
    type_in(window, "Ada")
    press(window, "Tab")
    type_in(window, "Friday")
    press(window, "Enter")
    type_in(window, "noon")
    press(window, "Enter", "Enter")
    type_in(window, "More")
    wanted = f"Above\n!\n{TABLE}\n| Ada | Friday |\n|  | noon |\n\nMore\nBelow"
    assert saved(window, stack, note_id) == wanted


@on_a_laptop
def test_undo_takes_back_what_was_typed_in_a_cell(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me)
    cell(window, "Jonas").dblclick()
    type_in(window, "Alexandra")
    expect(window.page.get_by_role("textbox", name="who, row 2")).to_have_text("Alexandra")
    press(window, "ControlOrMeta+z")
    expect(window.page.get_by_role("textbox", name="who, row 2")).to_have_text("Jonas")
    press(window, "ControlOrMeta+Shift+z")
    expect(window.page.get_by_role("textbox", name="who, row 2")).to_have_text("Alexandra")
    assert saved(window, stack, note_id) == NOTE.replace("Jonas", "Alexandra")


@on_a_laptop
def test_formats_work_in_a_cell(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me)
    cell(window, "Jonas").dblclick()
    press(window, "ControlOrMeta+b")
    bar = window.text.page.get_by_role("toolbar", name="Format what is selected")
    bar.get_by_role("button", name="Italic").click()
    press(window, "End")
    type_in(window, " B.")
    assert saved(window, stack, note_id) == NOTE.replace("Jonas", "***Jonas*** B.")


ACTIONS = {
    "Row above": "| who | when |\n| --- | ---: |\n|  |  |\n| Mira | Thursday |\n| Jonas | 15:00 |",
    "Row below": "| who | when |\n| --- | ---: |\n| Mira | Thursday |\n|  |  |\n| Jonas | 15:00 |",
    "Move row up": "| Mira | Thursday |\n| --- | ---: |\n| who | when |\n| Jonas | 15:00 |",
    "Move row down": "| who | when |\n| --- | ---: |\n| Jonas | 15:00 |\n| Mira | Thursday |",
    "Delete row": "| who | when |\n| --- | ---: |\n| Jonas | 15:00 |",
    "Column before": "|  | who | when |\n| --- | --- | ---: |\n|  | Mira | Thursday |\n|  | Jonas | 15:00 |",
    "Column after": "| who |  | when |\n| --- | --- | ---: |\n| Mira |  | Thursday |\n| Jonas |  | 15:00 |",
    "Move column on": "| when | who |\n| ---: | --- |\n| Thursday | Mira |\n| 15:00 | Jonas |",
    "Delete column": "| when |\n| ---: |\n| Thursday |\n| 15:00 |",
    "Align in the middle": "| who | when |\n| :---: | ---: |\n| Mira | Thursday |\n| Jonas | 15:00 |",
}


@on_a_laptop
@pytest.mark.parametrize("action", ACTIONS)
def test_rows_and_columns_change_by_menu(window: Window, stack: Stack, me: Person, action: str) -> None:
    note_id = opened(window, stack, me)
    cell(window, "Mira").click()
    press(window, "Alt+F10")
    menu = window.text.get_by_role("menu", name="Table")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    if action == "Row above":
        window.picture("table-menu")
    item = menu.get_by_role("menuitem", name=action)
    while not item.evaluate("(item) => item === item.getRootNode().activeElement"):
        press(window, "ArrowDown")
    press(window, "Enter")
    assert saved(window, stack, note_id) == NOTE.replace(TABLE, ACTIONS[action])
    expect(writing(window)).to_be_focused()
    press(window, "ControlOrMeta+z")
    assert saved(window, stack, note_id) == NOTE


@on_a_laptop
def test_a_table_that_is_typed_stays_text_until_the_caret_leaves_it(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me, "")
    window.text.click()
    type_in(window, "| a | b |\n| --- | --- |\n| 1 | 2 |")
    expect(window.text.get_by_role("table")).to_have_count(0)
    type_in(window, "\n\nout")
    expect(window.text.get_by_role("cell")).to_have_text(["1", "2"])
    assert saved(window, stack, note_id) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n\nout"
    cell(window, "1").click()
    press(window, "Alt+F10", "End", "ArrowUp", "Enter")
    expect(window.text.get_by_role("table")).to_have_count(0)
    expect(window.text).to_be_focused()


@on_a_laptop
def test_an_untidy_table_gets_tidy_where_it_is_written(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me, "a|b|c\n-|-|-\n1|2\n3|4|5")
    cell(window, "1").click()
    type_in(window, "0")
    press(window, "Tab", "Tab")
    type_in(window, "new")
    assert saved(window, stack, note_id) == "a|b|c\n-|-|-\n| 10 | 2 | new |\n3|4|5"


@on_a_laptop
def test_cells_of_a_spreadsheet_fill_cells(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me)
    cell(window, "15:00").click()
    writing(window).evaluate(PASTE, {"text/plain": "1\t2\n3\t4|5"})
    expect(cell(window, "4|5")).to_be_visible()
    table = "| who | when |  |\n| --- | ---: | --- |\n| Mira | Thursday |  |\n| Jonas | 1 | 2 |\n|  | 3 | 4\\|5 |"
    assert saved(window, stack, note_id) == NOTE.replace(TABLE, table)


@on_a_laptop
def test_the_block_for_a_table_begins_in_its_first_cell(window: Window, stack: Stack, me: Person) -> None:
    note_id = opened(window, stack, me, "")
    window.text.click()
    type_in(window, "/tab")
    expect(window.text.page.get_by_role("option", name="Table")).to_be_visible()
    window.page.wait_for_timeout(100)
    press(window, "Enter")
    type_in(window, "one")
    press(window, "Tab")
    type_in(window, "two")
    press(window, "Escape")
    type_in(window, "after")
    wanted = "| one | two |\n| --- | --- |\n|  |  |\n\nafter"
    assert saved(window, stack, note_id) == wanted


@on_a_laptop
def test_what_others_write_in_a_table_arrives_while_a_cell_is_written(
    open_window: Opener, stack: Stack, me: Person
) -> None:
    window = open_window(me)
    note_id = opened(window, stack, me)
    other = open_window(me)
    other.open(f"/notes/{note_id}")
    cell(window, "Mira").click()
    press(window, "End")
    type_in(window, "m")
    cell(other, "15:00").click()
    press(other, "End")
    type_in(other, "!")
    type_in(window, "am")
    expect(cell(window, "15:00!")).to_be_visible()
    wanted = NOTE.replace("Mira", "Miramam").replace("15:00", "15:00!")
    assert saved(window, stack, note_id) == wanted


def escaped(typed: str) -> str:
    """A text as a cell holds it, whose pipes part nothing."""
    return re.sub(r"(\\.)|\|", lambda found: found[1] or r"\|", typed)


def parts(line: str) -> list[str]:
    """The texts of a row's cells."""
    return [cell.strip() for cell in re.findall(r"\|((?:\\.|[^|\\])*)(?=\|)", line)]


@on_a_laptop
@pytest.mark.parametrize("seed", SEEDS)
def test_no_letter_of_a_cell_is_lost(window: Window, stack: Stack, me: Person, seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    cells = [[f"c{row}{column}" for column in range(3)] for row in range(4)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    note_id = opened(window, stack, me, "\n".join([lines[0], "| - | - | - |", *lines[1:]]))
    slow = window.page.context.new_cdp_session(window.page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": chance.choice([1, 4])})
    row, column = 0, 0
    cell(window, "c00").or_(window.text.get_by_role("columnheader", name="c00")).click()
    press(window, "End")
    for _ in range(40):
        step = chance.choice(["type", "type", "type", "next", "below", "back", "save"])
        if step == "type":
            word = "".join(chance.choice("abc *`|\\é ") for _ in range(chance.randint(1, 6))) + "x"
            type_in(window, word)
            cells[row][column] += word
        elif step == "next":
            press(window, "Tab")
            column += 1
            if column == 3:
                row, column = row + 1, 0
            if row == len(cells):
                cells.append(["", "", ""])
        elif step == "below" and row < len(cells) - 1:
            press(window, "Enter")
            row += 1
        elif step == "back" and (row, column) != (0, 0):
            press(window, "Shift+Tab")
            column -= 1
            if column < 0:
                row, column = row - 1, 2
        elif step == "save":
            press(window, "ControlOrMeta+s")
    text = saved(window, stack, note_id)
    slow.detach()
    written = [parts(line) for line in text.split("\n") if line != "| - | - | - |"]
    assert written == [[escaped(typed).strip() for typed in row] for row in cells]
