"""A hook of mkdocs: the reference of the Python API has to have every public name.

The page names the modules whose docstrings it shows. A name that `plib_py` exports and that is not
on the page, because its module is not named or it has no docstring, fails the build.
"""

from __future__ import annotations

import ast
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

PAGE = "reference/python.md"
PACKAGE = "plib_py/__init__.py"


def exported(source: str) -> list[str]:
    """Return the public names of the package, with the modules that they come from."""
    names = []
    public: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            public = set(ast.literal_eval(node.value))
    return [name for name in names if name.rpartition(".")[2] in public]


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Look whether all of them are there."""
    del files
    if page.file.src_uri == PAGE:
        source = (Path(config.config_file_path).parent / PACKAGE).read_text()
        left = [name for name in exported(source) if f'id="{name}"' not in html]
        if left:
            raise PluginError(f"{PAGE} does not show {', '.join(left)}")
    return html
