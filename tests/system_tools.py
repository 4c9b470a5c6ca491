"""Programs of the machine that some tests need: a browser, an office suite."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRED = "LIVSBANA_REQUIRE_SYSTEM_TOOLS"


def system_tool(*names: str) -> str:
    """Find a program by one of its names; without it the test is skipped, or fails where it may not be missing."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        message = f"needs {' or '.join(names)}"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{message}, and {REQUIRED}=1 says that it is there")
        pytest.skip(message)
    return found
