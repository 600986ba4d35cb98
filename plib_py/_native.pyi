# The compiled module that _build_native.py generates; its types are C's.
from typing import Any

ffi: Any
lib: Any
