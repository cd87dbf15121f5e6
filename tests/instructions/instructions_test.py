#!/usr/bin/env python3
"""Whether hot paths take more instructions than recorded: unlike times, these are the same on a busy machine.

usage: instructions_test.py HOT_PATHS [--write]

valgrind counts them for one thread and AVX2, whatever the processor. Fails where a path takes 3 % more than bounds.json says;
--write records what is counted now. Bounds are those of a build of this project's presets by g++ 12.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BOUNDS = pathlib.Path(__file__).with_name("bounds.json")
TOLERATED = 0.03


def counted(program):
    """Instructions inside each hot_* function, callees included."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "out")
        run = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=hot_*", f"--callgrind-out-file={out}", program],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"valgrind ended with {run.returncode}:\n{run.stderr[-3000:]}")
        shown = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", out], capture_output=True, text=True,
                               check=True).stdout
    found = {}
    for line in shown.splitlines():
        if match := re.match(r"\s*([\d,]+) .*:hot_(\w+)(?: \[|$)", line):
            found[match[2]] = int(match[1].replace(",", ""))
    return found


def main():
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is missing: apt-get install valgrind")
    now = counted(sys.argv[1])
    if "--write" in sys.argv[2:]:
        BOUNDS.write_text(json.dumps(now, indent=2) + "\n")
    bounds = json.loads(BOUNDS.read_text())
    wrong = [f"{name} is counted in {BOUNDS.name} or in hot_paths.cpp only" for name in sorted(bounds.keys() ^ now.keys())]
    for name in bounds.keys() & now.keys():
        change = now[name] / bounds[name] - 1
        print(f"{name:14} {now[name]:12,d} instructions, {100 * change:+.1f} %")
        if change > TOLERATED:
            wrong.append(f"{name} takes {now[name]:,} instructions, {100 * change:.1f} % more than the {bounds[name]:,} recorded; if that "
                         "is meant: instructions_test.py HOT_PATHS --write")
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
