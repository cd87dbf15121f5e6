#!/usr/bin/env python3
"""Writes what `statistics_check` finds into its section of docs/statistics.md.

usage: tools/statistics.py PROGRAM [REPETITIONS, 4000 by default]
"""

import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "statistics.md"
BEGIN, END = "<!-- generated: make statistics -->\n", "<!-- end -->"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    program, repetitions = sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "4000"
    found = subprocess.run([program, repetitions], stdout=subprocess.PIPE, text=True)
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest[rest.index(END):]
    head = (f"The code of `core/ope`, `core/ab`, `core/assignment` and `core/stats`, as it is, on {int(repetitions):,} "
            "repetitions in worlds of [the\nsimulator](simulator.md). The test `statistics` repeats it with fewer.\n\n")
    PAGE.write_text(before + BEGIN + head + found.stdout.rstrip() + "\n" + after)
    if found.returncode:
        sys.exit("not every claim holds: the lines above say which")


if __name__ == "__main__":
    main()
