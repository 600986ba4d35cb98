#!/bin/sh
# clang-tidy over what build/test compiles of ours, on all processors; generated code is not ours, nor
# is what the ROS wheels bring as sources.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python - <<'END' | xargs -0 -r -n 1 -P "$(nproc)" .venv/bin/clang-tidy --quiet -p build/test
import json
from pathlib import Path

for entry in json.loads(Path("build/test/compile_commands.json").read_text()):
    file = Path(entry["file"])
    if not any(file.is_relative_to(Path(other).resolve()) for other in ("build", ".venv")):
        print(entry["file"], end="\0")
END
