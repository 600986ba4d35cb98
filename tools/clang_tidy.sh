#!/bin/sh
# clang-tidy over what is compiled of ours, on all processors; generated code is not ours, nor is what the
# ROS wheels bring as sources.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python - <<'END' | xargs -0 -r -n 2 -P "$(nproc)" .venv/bin/clang-tidy --quiet -p
import json
from pathlib import Path

for build in ("build/test", "build/bench/native"):
    for entry in json.loads(Path(build, "compile_commands.json").read_text()):
        file = Path(entry["file"])
        if not any(file.is_relative_to(Path(other).resolve()) for other in ("build", ".venv")):
            print(build, file, sep="\0", end="\0")
END
