#!/usr/bin/env python3
"""Check that the functions of plib.h are of the class that they are declared to be.

For each PLIB_BOUNDED function, everything that it reaches is looked at, in the call graph that gcc
writes: it must call nothing that may block, no PLIB_WAIT or PLIB_SETUP function, and each loop on
the way must have a bound that is named here or beside it. Each function that touches control memory
has to pass the domain's gate first, and each function of plib.h has to say its class in words.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "plib_core"
HEADER = CORE / "include" / "plib" / "plib.h"
COMPILE = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-O0", "-fcallgraph-info", "-c"]

# What bounded functions may call of other libraries, and why that is bounded.
ALLOWED = {
    "memcpy": "O(bytes)",
    "memset": "O(bytes)",
    "clock_gettime": "no system call: the kernel's page of time (vDSO)",
    "gettid": "once a thread",
    "vsnprintf": "the text of an error",
    "__errno_location": "",
    "pthread_mutex_lock": "private to the process: no other process can hold it",
    "pthread_mutex_unlock": "",
    "pthread_mutex_trylock": "",
}
# Functions on the way of bounded ones that call by number or what they were given.
ALLOWED_IN = {
    ("wake", "syscall"): "FUTEX_WAKE never sleeps",
    ("wants", "Indirect Call Placeholder"): "the filter, whose time is the call's by contract",
}
# What the loops of bounded functions run to.
BOUNDS = {
    "PLIB_CALLS_MAX": "256, once a thread",
    "PLIB_HOLDS_MAX": "8",
    "PLIB_SIFT_SAMPLES": "256",
    "RING_ATTEMPTS": "4",
    "GRAPH_ATTEMPTS": "1000",
    "EXPIRED_MAX": "64",
    "BOARD_RECORD_WORDS": "128",
    "CHUNK_CLASSES": "131",
    "4": "4",
    "lines": "O(bytes)",
    "*count": "BELLS_RUNG_MAX, 16",
    "count": "PLIB_HOLDS_MAX, 8",
    "chunks->segment_count": "PLIB_SEGMENTS_MAX, 16",
    "reader->link_count": "O(matched writers)",
    "writer->link_count": "O(matched readers)",
    "writer->parked_count": "8 a matched reader",
}
COUNTED = re.compile(r"for \((?:\w+ )+(\w+) = 0; \1 < ([^;&]+?)(?: &&[^;]*)?; ")
STATED = re.compile(r"\b[Aa]t most\b")
LOOP = re.compile(r"\b(?:for|while) \(|\bdo \{")
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]+)"(.*)\}')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
DECLARATION = re.compile(
    r"(?P<comment>/\*(?:(?!\*/).)*\*/)?\s*\b(?P<class>PLIB_(?:BOUNDED|WAIT|SETUP))\b"
    r"(?P<type>[^;(]*?)\b(?P<name>plib_\w+)\((?P<arguments>[^;]*)\);",
    re.DOTALL,
)
# Whoever takes one of these takes control memory.
OBJECTS = re.compile(r"struct plib_(?:participant|writer|reader|guard) \*(?!\*)")
# Looks at no control memory although it takes an object, or passes the gate by what it calls.
NO_GATE = {"plib_reader_unread", "plib_reader_arrivals", "plib_writer_wait_taken"} | {
    "plib_writer_wait_received"
}


@dataclass
class Function:
    """A function, and where it is defined; None: in another library."""

    name: str
    file: Path | None = None
    line: int = 0
    calls: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Declared:
    """A function of plib.h."""

    name: str
    kind: str
    comment: str
    arguments: str


def declared() -> list[Declared]:
    """Return the functions of plib.h; a comment is of all declarations up to the next one."""
    found = []
    comment = ""
    for match in DECLARATION.finditer(HEADER.read_text()):
        comment = match["comment"] or comment
        found.append(Declared(match["name"], match["class"], comment, match["arguments"]))
    return found


def call_graph() -> dict[str, Function]:
    """Return all functions of plib_core by gcc's name for them."""
    functions: dict[str, Function] = defaultdict(lambda: Function("?"))
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted((CORE / "src").glob("*.c")):
            output = Path(folder) / f"{source.stem}.o"
            include = [f"-I{CORE / 'include'}", f"-I{CORE / 'src'}"]
            subprocess.run([*COMPILE, *include, "-o", output, source], check=True)
            for line in output.with_suffix(".ci").read_text().splitlines():
                _read(line, functions)
    return functions


def _read(line: str, functions: dict[str, Function]) -> None:
    if match := NODE.match(line):
        title, label, rest = match.groups()
        name, _, place = label.partition("\\n")
        functions[title].name = name
        if place and "ellipse" not in rest:  # an ellipse is what is only called here
            file, number, _ = place.split("\\n")[0].rsplit(":", 2)
            functions[title].file, functions[title].line = Path(file), int(number)
    elif match := EDGE.match(line):
        functions[match[1]].calls.add(match[2])


def reach(functions: dict[str, Function], start: str) -> dict[str, str]:
    """Return what a function reaches, each with the one by which it is reached."""
    by = {start: ""}
    stack = [start]
    while stack:
        title = stack.pop()
        for called in functions[title].calls - by.keys():
            by[called] = title
            stack.append(called)
    return by


def path_to(functions: dict[str, Function], by: dict[str, str], title: str) -> str:
    """Return the way to a function in words."""
    names = []
    while title:
        names.append(functions[title].name)
        title = by[title]
    return " <- ".join(names)


def loops(function: Function) -> Iterator[tuple[int, str, str]]:
    """Return the loops in a function: line, text, and the comment on it or above it."""
    assert function.file is not None
    lines = function.file.read_text().splitlines()
    for number in range(function.line - 1, len(lines)):
        text = lines[number]
        if text == "}":
            return
        if LOOP.search(text) and not text.lstrip().startswith(("*", "/*", "}")):
            above = number - 1
            while (
                above > 0 and "*/" in lines[above] + lines[above + 1] and "/*" not in lines[above]
            ):
                above -= 1
            yield number + 1, text.strip(), " ".join(lines[above : number + 2])


def wrong_loops(function: Function) -> Iterator[str]:
    """Return what is wrong with a bounded function's loops."""
    assert function.file is not None
    for line, text, comment in loops(function):
        counted = COUNTED.search(text)
        if not (counted and counted[2] in BOUNDS) and not STATED.search(comment):
            where = function.file.relative_to(ROOT)
            yield (
                f"{where}:{line}: no bound is stated of `{text}` in {function.name}(): say "
                "`at most` above it, or name the bound in tools/check_calls.py"
            )


def wrong_calls(
    functions: dict[str, Function], classes: dict[str, str], by: dict[str, str]
) -> Iterator[str]:
    """Return the calls that a bounded function must not make."""
    for title, caller in by.items():
        function = functions[title]
        if classes.get(function.name, "PLIB_BOUNDED") != "PLIB_BOUNDED":
            yield f"a bounded function reaches {path_to(functions, by, title)}"
        elif function.file is None and caller:
            allowed = function.name in ALLOWED
            if not allowed and (functions[caller].name, function.name) not in ALLOWED_IN:
                yield f"a bounded function may block: {path_to(functions, by, title)}"


def wrong_gates(functions: dict[str, Function], public: list[Declared]) -> Iterator[str]:
    """Return the public functions that touch control memory without opening the domain."""
    for each in public:
        if not OBJECTS.search(each.arguments) or each.name in NO_GATE:
            continue
        called = {functions[title].name for title in functions[each.name].calls}
        if "domain_open" not in called and "create" not in called:
            yield f"{each.name}() does not begin with DOMAIN_GATE"


def main() -> int:
    """Return 0 when all is as declared, 1 when not."""
    public = declared()
    classes = {each.name: each.kind for each in public}
    functions = call_graph()
    wrong: set[str] = set(wrong_gates(functions, public))
    looked_at = set()
    for each in public:
        if each.kind == "PLIB_BOUNDED" and "Bounded" not in each.comment:
            wrong.add(f"plib.h does not say the bound of {each.name}()")
        if each.kind == "PLIB_BOUNDED":
            by = reach(functions, each.name)
            wrong.update(wrong_calls(functions, classes, by))
            looked_at |= {title for title in by if functions[title].file is not None}
    number = 0
    for title in looked_at:
        wrong.update(wrong_loops(functions[title]))
        number += sum(1 for _ in loops(functions[title]))
    for line in sorted(wrong):
        print(line)
    bounded = sum(kind == "PLIB_BOUNDED" for kind in classes.values())
    print(
        f"{len(classes)} public functions, {bounded} of them bounded, which reach {len(looked_at)} "
        f"functions with {number} loops: " + (f"{len(wrong)} wrong" if wrong else "all as declared")
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
