"""A hook of mkdocs: links to files of the repository become pages of the site.

The pages of docs/ link tests, sources and notes beside them as relative paths, which work wherever
the repository is browsed. The site has a page for each file that is linked, so that they work there
too; a link to what is not there fails a strict build.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

LOG = logging.getLogger("mkdocs.plugins.repository_links")
SOURCES = "source/"  # where pages of files that are not in docs/ live
LANGUAGES = {".c": "c", ".h": "c", ".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".sh": "sh"}
LANGUAGES |= {".patch": "diff", ".yaml": "yaml", ".msg": "text", ".srv": "text"}

_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
_FENCE = re.compile(r"^\s*(```|~~~)")


def _map_links(text: str, function: Callable[[str], str]) -> str:
    """Return a text with its links changed, but for those in blocks of code."""
    lines = []
    in_code = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        lines.append(line if in_code else _LINK.sub(lambda match: function(match[0]), line))
    return "\n".join(lines)


def _is_local(link: str) -> bool:
    return not re.match(r"[a-z]+:|#|/", link)


def _in_repository(page: str, link: str) -> str:
    """Return what a page's link leads to, as a path in the repository."""
    here = page.removeprefix(SOURCES) if page.startswith(SOURCES) else f"docs/{page}"
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), link.partition("#")[0]))


def _page_of(target: str) -> str:
    """Return the page of a file of the repository."""
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return f"{SOURCES}{target}" if target.endswith(".md") else f"{SOURCES}{target}.md"


def _content(root: Path, target: str) -> str:
    path = root / target
    if target.endswith(".md"):
        return path.read_text()
    # They are to be read where they are linked, not to be found.
    head = f"---\nsearch: {{exclude: true}}\n---\n# `{target}`\n\n"
    if path.is_dir():
        names = sorted(each.name for each in path.iterdir() if not each.name.startswith(("_", ".")))
        return head + "\n".join(f"* `{name}`" for name in names) + "\n"
    language = LANGUAGES.get(path.suffix, "text")
    return f'{head}`````{language} linenums="1"\n{path.read_text().rstrip()}\n`````\n'


def _targets(page: str, text: str) -> Iterator[str]:
    links: list[str] = []
    _map_links(text, lambda link: links.append(link) or link)
    yield from (_in_repository(page, link) for link in links if _is_local(link))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file of the repository that a page links."""
    root = Path(config.config_file_path).parent
    todo = [(file.src_uri, file.content_string) for file in files.documentation_pages()]
    while todo:
        page, text = todo.pop()
        for target in _targets(page, text):
            new = _page_of(target)
            if not new.startswith(SOURCES) or files.get_file_from_path(new) is not None:
                continue
            if not (root / target).exists():
                LOG.warning("%s links %s, which is not in the repository", page, target)
                continue
            content = _content(root, target)
            files.append(File.generated(config, new, content=content))
            if target.endswith(".md"):
                todo.append((new, content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have the links of a page lead to those pages."""
    del config, files
    here = page.file.src_uri

    def moved(link: str) -> str:
        if not _is_local(link):
            return link
        _, mark, anchor = link.partition("#")
        new = _page_of(_in_repository(here, link))
        return posixpath.relpath(new, posixpath.dirname(here)) + mark + anchor

    return _map_links(markdown, moved)
