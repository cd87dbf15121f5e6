#!/usr/bin/env python3
"""Writes next_item.{pt2,pt} and by_taste.{pt2,pt}: models as a team would export them, for the tests of aot and torchscript.

Needs torch with a C++ compiler (made by 2.13 and g++ 12). The packages are built without -march and vector instructions, so that
they run on any x86-64, then stripped and compressed. usage: ATEN_CPU_CAPABILITY=default make_models.py
"""

import pathlib
import subprocess
import tempfile
import warnings
import zipfile

import torch
from torch.export import Dim, export

HERE = pathlib.Path(__file__).parent
ITEMS, LATEST, WIDTH = 6, 3, 2
INT8_WEIGHTS = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [0, -1]]


class NextItem(torch.nn.Module):
    """Scores of all items: products of their vectors with the mean of the latest ones; 10 more for the item after the last one."""

    def __init__(self):
        super().__init__()
        self.items = torch.nn.Parameter(torch.tensor(INT8_WEIGHTS, dtype=torch.float32))

    def forward(self, user: torch.Tensor, history: torch.Tensor):
        known = (history >= 0).to(torch.float32).unsqueeze(2)
        vectors = self.items[history.clamp(min=0)] * known
        scores = (vectors.sum(1) / known.sum(1).clamp(min=1)) @ self.items.t()
        after = (history.max(1).values + 1) % self.items.shape[0]
        bonus = (torch.arange(self.items.shape[0]).unsqueeze(0) == after.unsqueeze(1)).to(torch.float32) * 10
        return scores + bonus + (user % 2).to(torch.float32).unsqueeze(1) * 0.25


class ByTaste(torch.nn.Module):
    """Scores of candidates: half of what recall gave, and the product with the last item of the history."""

    def __init__(self):
        super().__init__()
        self.items = torch.nn.Parameter(torch.tensor(INT8_WEIGHTS, dtype=torch.float32))

    def forward(self, history: torch.Tensor, item: torch.Tensor, score: torch.Tensor):
        last = self.items[history[:, 0].clamp(min=0)].unsqueeze(1)
        return 0.5 * score + (self.items[item.clamp(min=0)] * last).sum(2)


def signature(inputs, output):
    return "assay 1\n" + "".join(line + "\n" for line in inputs) + "-> " + output + "\n"


def slim(package):
    """Strips the library of a package and compresses it."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as whole:
            whole.extractall(folder)
            names = [name for name in whole.namelist() if not name.endswith("_metadata.json") or "wrapper" in name]
        for library in pathlib.Path(folder).rglob("*.so"):
            subprocess.run(["strip", "-s", library], check=True)
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
            for name in names:
                if not name.endswith(".cpp"):
                    out.write(pathlib.Path(folder) / name, name)


def write(name, model, example, dynamic, text):
    model = model.eval()
    options = {"aot_inductor.metadata": {"assay": text}, "cpp.dynamic_threads": True, "cpp.march": "", "cpp.simdlen": 1}
    package = HERE / f"{name}.pt2"
    torch._inductor.aoti_compile_and_package(export(model, example, dynamic_shapes=dynamic), package_path=str(package),
                                             inductor_configs=options)
    slim(package)
    torch.jit.save(torch.jit.script(model), str(HERE / f"{name}.pt"), _extra_files={"assay": text})


def main():
    warnings.simplefilter("ignore")
    B, K = Dim("B", min=1), Dim("K", min=1)
    history = torch.tensor([[1, 2, -1], [3, -1, -1]])
    write("next_item", NextItem(), (torch.arange(2), history), {"user": {0: B}, "history": {0: B}},
          signature(["user int64 [B]", f"history int64 [B, {LATEST}]"], f"scores float32 [B, {ITEMS}]"))
    item, score = torch.tensor([[1, 2, 3], [4, 5, -1]]), torch.rand(2, 3)
    write("by_taste", ByTaste(), (history[:, :1].contiguous(), item, score), {"history": {0: B}, "item": {0: B, 1: K}, "score": {0: B, 1: K}},
          signature(["history int64 [B, 1]", "item int64 [B, K]", "score float32 [B, K]"], "scores float32 [B, K]"))


if __name__ == "__main__":
    main()
