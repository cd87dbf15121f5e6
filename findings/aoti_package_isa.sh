#!/usr/bin/env bash
# The metadata of an AOTInductor package (torch 2.13.0, x86-64) name other instructions than its library holds.
#
# Guess:  AOTI_CPU_ISA says which instructions a .pt2 needs: exported with ATEN_CPU_CAPABILITY=default it says INVALID_VEC_ISA (no vector
#         instructions), and the library in it is made for any x86-64.
# Seen:   AOTI_CPU_ISA: INVALID_VEC_ISA; compiled with {'-march=native'}; 353 instructions of AVX or later, 3 of them of AVX-512
#         (vmovdqu8 %zmm0,(%rbx); an AMD EPYC with AVX-512, g++ 12.2). The word is of the vectors that the generator writes out; the
#         compiler takes whatever else the exporting CPU has. A loader that compares the word alone, as torch's does to warn, lets the
#         package onto a CPU that cannot run it.
# Needs:  g++ and objdump, a CPU with AVX2. Nothing of the package is run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --no-compile "torch==2.13.0"
cd "$folder"
export TORCHINDUCTOR_CACHE_DIR="$folder/cache" TORCHINDUCTOR_CPP_CACHE_PRECOMPILE_HEADERS=0  # only to be quicker
ATEN_CPU_CAPABILITY=default env/bin/python -W ignore - <<'PY'
import json
import re
import subprocess
import sys
import zipfile
import torch


class Model(torch.nn.Module):
    def forward(self, x):
        return torch.exp(x) * 2


program = torch.export.export(Model().eval(), (torch.rand(512, 512),))
torch._inductor.aoti_compile_and_package(program, package_path="model.pt2", inductor_configs={"aot_inductor.precompile_headers": False})
with zipfile.ZipFile("model.pt2") as package:
    read = lambda end: next(package.read(name) for name in package.namelist() if name.endswith(end))
    isa = json.loads(read("wrapper_metadata.json"))["AOTI_CPU_ISA"]
    march = set(re.findall(r"-march=\S+", read("wrapper.cpp").decode()))
    open("model.so", "wb").write(read(".so"))
code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "model.so"], check=True, capture_output=True, text=True).stdout
vector = re.findall(r"\tv[a-z0-9]+ .*%[xyz]mm.*", code)
wide = [line for line in vector if re.search(r"%zmm|%k[0-7]|mm(1[6-9]|2\d|3[01])\b", line)]
print(f"AOTI_CPU_ISA: {isa}; compiled with {march}; {len(vector)} instructions of AVX or later, {len(wide)} of them of AVX-512",
      *wide[:1])
sys.exit(0 if isa == "INVALID_VEC_ISA" and march == {"-march=native"} and vector else "torch behaves otherwise now")
PY
