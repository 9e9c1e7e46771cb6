from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lupa import luajit21

LuaModule = Callable[[str], Any]


@pytest.fixture
def lua() -> Any:
    """A LuaJIT as Envoy has one, with the modules of this folder on its path. Strings are bytes."""
    runtime = luajit21.LuaRuntime(encoding=None, unpack_returned_tuples=True)
    runtime.globals()[b"package"][b"path"] = f"{Path(__file__).parent.parent}/?.lua".encode()
    return runtime


@pytest.fixture
def require(lua: Any) -> LuaModule:
    """Gives the module of a name."""

    def module(name: str) -> Any:
        loaded = lua.globals()[b"require"](name.encode())
        return loaded[0] if isinstance(loaded, tuple) else loaded

    return module
