"""docs/troubleshooting.md: the errors that it explains are those that plib prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
FOLDERS = {"plib_core/src": "*.c", "rmw_plib": "*.*p*", "plib_py": "*.py"}

_TEXTS = [
    match
    for line in PAGE.read_text().splitlines()
    if line.startswith("### ")
    for match in re.findall(r"`([^`]+)`", line)
]


@pytest.fixture(scope="module")
def sources() -> str:
    """Return the sources, with texts that go on in the next line in one piece."""
    files = [path for folder, names in FOLDERS.items() for path in (ROOT / folder).rglob(names)]
    text = "\n".join(path.read_text() for path in files if path.is_file())
    return re.sub(r'"\s*\n\s*f?"', "", text)


@pytest.mark.parametrize("text", _TEXTS)
def test_an_error_is_one_that_plib_prints(sources: str, text: str) -> None:
    """What stands between the dots is in one text, in this order."""
    parts = [re.escape(part) for part in text.split("...") if part.strip()]
    assert re.search(r'[^"\n]{0,60}'.join(parts), sources), text


def test_there_are_some() -> None:
    assert len(_TEXTS) > 20
