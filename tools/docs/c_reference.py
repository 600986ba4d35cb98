"""A hook of mkdocs: the reference of the C API, from plib.h and types.h as clang reads them.

Every public function is on the page, with its declaration, its class and its comment: one that has
no comment, or that clang does not see, fails the build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clang.cindex import Cursor, CursorKind, Index, TranslationUnit
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

PAGE = "reference/c.md"
HEADERS = ["plib_core/include/plib/plib.h", "plib_core/include/plib/types.h"]
CLASSES = {"PLIB_BOUNDED": "bounded", "PLIB_WAIT": "wait", "PLIB_SETUP": "setup"}
KINDS = {
    CursorKind.FUNCTION_DECL,
    CursorKind.STRUCT_DECL,
    CursorKind.ENUM_DECL,
    CursorKind.TYPEDEF_DECL,
}

_SECTION = re.compile(r"^/\* -{2,} (.+?) -{2,} \*/$")
_DECLARED = re.compile(r"^(?:PLIB_BOUNDED|PLIB_WAIT|PLIB_SETUP)\b[^;(]*?\b(plib_\w+)\(", re.M)


@dataclass
class Declaration:
    """Something that a header declares: its text, and the comment before it."""

    name: str
    text: str
    comment: str
    line: int
    is_function: bool


def _plain(comment: str) -> str:
    """Return the words of a comment."""
    inner = comment.strip().removeprefix("/*").removesuffix("*/")
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in inner.split("\n")]
    return "\n".join(lines).strip()


def _paragraphs(comment: str) -> str:
    """Return a comment as Markdown: tables of errors keep their lines."""
    parts: list[str] = []
    table: list[str] = []
    prose: list[str] = []

    def end_prose() -> None:
        if prose:
            parts.append(" ".join(prose))
            prose.clear()

    def end_table() -> None:
        if table:
            parts.append("```text\n" + "\n".join(table) + "\n```")
            table.clear()

    for line in comment.split("\n"):
        # Aligned by hand, or going on below something that is.
        if re.match(r"\s{2,}\S", line) or re.match(r"Errors?:\s+-E\w+\s{2,}", line):
            end_prose()
            table.append(line)
        elif not line.strip():
            end_table()
            end_prose()
        else:
            end_table()
            prose.append(line.strip())
    end_table()
    end_prose()
    return "\n\n".join(
        re.sub(r"(?<![`\w])(plib_\w+\(\)|-E[A-Z]+|PLIB_\w+)", r"`\1`", part)
        if not part.startswith("```")
        else part
        for part in parts
    )


def _comment_before(lines: list[str], line: int) -> str:
    """Return the comment that ends on the line before this one (from 1)."""
    end = line - 2
    if end < 0 or not lines[end].rstrip().endswith("*/"):
        return ""
    start = end
    while not lines[start].lstrip().startswith("/*"):
        start -= 1
    text = "\n".join(lines[start : end + 1])
    if _SECTION.match(text.strip()) or text.startswith((" ", "/* cffi:")):
        return ""
    return _plain(text)


def _declarations(path: Path) -> Iterator[Declaration]:
    include = path.parent.parent
    unit = Index.create().parse(
        str(path),
        args=["-x", "c", "-std=c11", f"-I{include}"],
        options=TranslationUnit.PARSE_SKIP_FUNCTION_BODIES,
    )
    lines = path.read_text().split("\n")
    comment = ""
    end = 0
    for cursor in unit.cursor.get_children():
        if cursor.location.file is None or Path(cursor.location.file.name) != path:
            continue
        if cursor.kind not in KINDS or not _is_whole(cursor):
            continue
        first, last = cursor.extent.start.line, cursor.extent.end.line
        own = _comment_before(lines, first)
        # One comment serves the declarations that follow one another without a gap.
        comment = own or (comment if first == end + 1 else "")
        end = last
        text = "\n".join(lines[first - 1 : last])
        is_function = cursor.kind is CursorKind.FUNCTION_DECL
        yield Declaration(cursor.spelling, text, comment, first, is_function)


def _is_whole(cursor: Cursor) -> bool:
    return cursor.kind in (CursorKind.FUNCTION_DECL, CursorKind.TYPEDEF_DECL) or (
        cursor.is_definition()
    )


def _sections(lines: list[str]) -> dict[int, str]:
    """Return the headings that a header has in comments, by line."""
    found = {}
    for number, line in enumerate(lines, 1):
        match = _SECTION.match(line)
        if match:
            found[number] = match[1]
    return found


def _class_of(text: str) -> str:
    return next((name for macro, name in CLASSES.items() if text.startswith(macro)), "")


def _entry(item: Declaration) -> str:
    title = f"### `{item.name}`" if item.name and "unnamed" not in item.name else "### Constants"
    kind = _class_of(item.text)
    # A fixed anchor each, so that they can be linked.
    anchor = f" {{ #{item.name} }}" if item.is_function else ""
    badge = f"*{kind}*\n\n" if kind else ""
    return f"{title}{anchor}\n\n{badge}```c\n{item.text}\n```\n\n{_paragraphs(item.comment)}\n"


def _check(path: Path, items: list[Declaration]) -> None:
    declared = set(_DECLARED.findall(path.read_text()))
    shown = {item.name for item in items if item.is_function}
    if declared != shown:
        raise PluginError(f"{path.name}: only one of clang and the macros has {declared ^ shown}")
    bare = [item.name for item in items if item.is_function and not item.comment]
    if bare:
        raise PluginError(f"{path.name}: these have no comment: {bare}")


def reference(root: Path) -> str:
    """Return the page."""
    parts = ["# C API\n"]
    for name in HEADERS:
        path = root / name
        lines = path.read_text().split("\n")
        items = list(_declarations(path))
        _check(path, items)
        head = _plain("\n".join(lines[: lines.index(" */") + 1])) if name == HEADERS[0] else ""
        if head:
            parts += ["`#include <plib/plib.h>`, and link `libplib_core`.\n", _paragraphs(head), ""]
            parts.append("## Types\n")
        else:
            parts.append("## Types and limits in common\n")
        sections = _sections(lines)
        for item in items:
            for line in [line for line in sections if line < item.line]:
                parts.append(f"## {sections.pop(line).capitalize()}\n")
            parts.append(_entry(item))
    return "\n".join(parts)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    root = Path(config.config_file_path).parent
    files.append(File.generated(config, PAGE, content=reference(root)))
    return files
