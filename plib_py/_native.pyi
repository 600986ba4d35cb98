# The compiled module that _build_native.py generates; its types are C's.
from typing import Any

__file__: str
ffi: Any
lib: Any
