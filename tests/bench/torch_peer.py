"""What the comparisons with plain PyTorch loops share: an environment of its own, and both sides in turns."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import venv

PACKAGES = ["torch==2.13.0", "numpy"]


def data_file(name):
    for folder in os.environ.get("ASSAY_DATA", "").split(":"):
        path = pathlib.Path(folder) / name
        if path.exists():
            return path
    sys.exit(f"{name} is in no folder of ASSAY_DATA")


def own_environment(folder):
    venv.create(folder, with_pip=True)
    subprocess.run([f"{folder}/bin/pip", "install", "-q", *PACKAGES], check=True)
    return f"{folder}/bin/python"


def ours(bench, benchmark):
    """Counters of one benchmark."""
    done = subprocess.run([bench, f"--benchmark_filter=^{benchmark}", "--benchmark_format=json"],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["benchmarks"][0]


def in_turns(script, bench, benchmark, peers, rounds):
    """Median examples a second: ours, and of each peer; and our losses."""
    mine, losses, others = [], [], {peer: [] for peer in peers}
    with tempfile.TemporaryDirectory() as folder:
        has_it = subprocess.run([sys.executable, "-c", "import torch, numpy"], capture_output=True).returncode == 0
        python = sys.executable if has_it else own_environment(folder)
        for _ in range(rounds):
            found = ours(bench, benchmark)
            mine.append(found["examples_per_s"])
            losses.append(found["loss"])
            for peer in peers:
                done = subprocess.run([python, script, "--theirs", peer], check=True, capture_output=True, text=True)
                others[peer].append(json.loads(done.stdout))
    return statistics.median(mine), {peer: statistics.median(runs) for peer, runs in others.items()}, losses
