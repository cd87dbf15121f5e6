#!/usr/bin/env python3
"""Runs experiments/comparisons/*.yaml and compares docs/comparisons.md with them.

ASSAY_WRITE_DOCS=1 writes the page again. Exit code 77: skipped, the data set was not found.
"""

import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from printed import PRINTED

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
PAGE = SOURCE / "docs/comparisons.md"

HEAD = """# Our values compared with those of other frameworks

<!-- Generated from runs of experiments/comparisons/*.yaml; `ASSAY_WRITE_DOCS=1` and the test `comparisons` write it again. -->

Frameworks report different values for the same model on the same data. Find the value that you know in the column *printed*;
*ours* is our value for the closest definition, and *cause* explains the definition, or the remaining difference. The definitions
are in [metrics.md](metrics.md); `./assay run experiments/comparisons/ml100k.yaml` gives the column *ours* for the variant in the
column *of* (the row at 1682, the whole list, comes from `ml100k_whole_list.yaml`; *warm* leaves out the three requests whose
only relevant item has no training event).

MovieLens-100K, leave-last-out (99,057 training events, 943 test events), all 1,682 items ranked, training items masked, cutoff 10.
RecBole 1.2.1, WarpRec 2.2.8, LensKit 2025.8.1, Cornac 3.0.1, RecTools 0.19.0, implicit 0.7.3, with their default settings.

- **exact**: our value is the printed value to its last digit.
- **near**: another legitimate definition, named as far as our definitions and parameters can express it.
- **bug**: a value that no definition should give.
"""

TAIL = """
Further differences: `precision@k` of implicit is hits / sum of min(R, k), which is none of our definitions of precision; MAP divides
by min(R, k) in RecBole, WarpRec and implicit (`map`) and by R in RecTools (`map{norm=R}`); WarpRec's entropy is in nats
(`shannon_entropy{log=e}`); RecBole's Shannon entropy is divided once more by the number of items; Cornac's MAP, like its MRR, uses
the whole list.
"""


def values_of(experiment, folder):
    """{(data set, variant, metric@cutoff): mean} of a run."""
    database = f"{folder}/{experiment}.sqlite"
    file = SOURCE / f"experiments/comparisons/{experiment}.yaml"
    done = subprocess.run([BUILD / "bin/assay", "run", file, "-o", database, "-q"], capture_output=True, text=True)
    if done.returncode == 2 and "assay data get" in done.stderr + done.stdout:
        print(done.stderr)
        sys.exit(1 if os.environ.get("ASSAY_REQUIRE_DATA") else 77)
    if done.returncode:
        sys.exit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    rows = sqlite3.connect(database).execute(
        "select dataset, variant, metric, cutoff, mean from leaderboard where stage = 'served' and slice = 'all'")
    # a default is called by its bare name, another definition by its whole id
    return {(dataset, variant, f"{metric}@{cutoff}"): mean for dataset, variant, metric, cutoff, mean in rows}


def found(measured, where, metric):
    """The value of a definition that is written short, as in ndcg{ideal=k}."""
    dataset, variant = where.split()
    wanted, _, cutoff = metric.partition("@")
    name, _, choice = wanted.partition("{")
    for (on, of, full), mean in measured.items():
        if (on, of) != (dataset, variant) or not full.endswith(f"@{cutoff or 10}"):
            continue
        definition = full.rpartition("@")[0]
        if definition == wanted or (choice and definition.startswith(name + "{") and choice[:-1] in definition):
            return mean
    sys.exit(f"{where} has no {metric}; the run has {sorted({m for d, v, m in measured if (d, v) == (dataset, variant)})}")


def as_printed(ours, printed):
    """Ours, with as many digits as the framework prints."""
    return f"{ours:.{len(printed.partition('.')[2])}f}".lstrip("0")


def page(measured):
    text, wrong, model = HEAD, [], None
    for of, framework, where, metrics, cause, kind in PRINTED:
        if of != model:
            text += f"\n## {of}\n\n| framework | metric | printed | ours | of | | cause |\n|---|---|---|---|---|---|---|\n"
            model = of
        for metric, printed in metrics.items():
            ours = found(measured, where, metric)
            if kind == "exact" and as_printed(ours, printed) != printed:
                wrong.append(f"{of}, {framework}, {metric}: printed {printed}, ours {ours}")
            shown = printed if kind == "exact" else as_printed(ours, printed if "." not in printed else ".00000")
            dataset, variant = where.split()
            variant += ", warm" if dataset == "warm" else ""
            text += f"| {framework} | `{metric}` | {printed} | {shown} | {variant} | {kind} | {cause} |\n"
    return text + TAIL, wrong


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("ASSAY_CACHE", f"{folder}/cache")
        measured = values_of("ml100k", folder) | values_of("ml100k_whole_list", folder)
        text, wrong = page(measured)
    if wrong:
        sys.exit("called exact, but not:\n" + "\n".join(wrong))
    if os.environ.get("ASSAY_WRITE_DOCS"):
        PAGE.write_text(text)
    if not PAGE.exists() or PAGE.read_text() != text:
        sys.exit("docs/comparisons.md is stale: run the test `comparisons` with ASSAY_WRITE_DOCS=1")
    print(f"{text.count(chr(10) + '| ')} lines hold")


if __name__ == "__main__":
    main()
