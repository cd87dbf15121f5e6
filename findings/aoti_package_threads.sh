#!/usr/bin/env bash
# A package of AOTInductor (torch 2.13.0, CPU) runs on as many threads as the process had that exported it, whatever it is told later.
#
# Guess:  a .pt2 that was exported with torch.set_num_threads(3) runs on one thread where OMP_NUM_THREADS=1 and
#         torch.set_num_threads(1) say so.
# Seen:   torch.get_num_threads() is 1; the call started 2 more threads. The generated code says `#pragma omp parallel num_threads(3)`.
#         Neither setting reaches it; OMP_THREAD_LIMIT=1 did. Whoever exports on a large machine and serves in a small container, or
#         measures the speed of one thread, gets the threads of the other machine, and nothing warns.
# Needs:  g++, Linux.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --no-compile "torch==2.13.0"
cd "$folder"
export TORCHINDUCTOR_CACHE_DIR="$folder/cache" TORCHINDUCTOR_CPP_CACHE_PRECOMPILE_HEADERS=0  # only to be quicker
env/bin/python -W ignore - <<'PY'
import zipfile
import torch


class Model(torch.nn.Module):
    def forward(self, x):
        return torch.exp(x) * 2


torch.set_num_threads(3)
program = torch.export.export(Model().eval(), (torch.rand(512, 512),))
torch._inductor.aoti_compile_and_package(program, package_path="model.pt2", inductor_configs={"aot_inductor.precompile_headers": False})
with zipfile.ZipFile("model.pt2") as package:
    for name in package.namelist():
        if name.endswith(".cpp"):
            print(*[line.strip() for line in package.read(name).decode().splitlines() if "omp parallel" in line], sep="", end="")
print()
PY
OMP_NUM_THREADS=1 env/bin/python -W ignore - <<'PY'
import os
import sys
import torch

torch.set_num_threads(1)
model = torch._inductor.aoti_load_package("model.pt2")
x = torch.rand(512, 512)
before = len(os.listdir("/proc/self/task"))
model(x)
started = len(os.listdir("/proc/self/task")) - before
print(f"torch.get_num_threads() is {torch.get_num_threads()}; the call started {started} more threads")
sys.exit(0 if started == 2 else "torch behaves otherwise now")
PY
