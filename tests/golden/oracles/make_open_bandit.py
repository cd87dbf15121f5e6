"""The file in tests/unit/ingest/files/open_bandit, as the Open Bandit Pipeline reads it.

Writes open_bandit.json beside this file: {"rows": [[item, position, click, propensity]] in the order of time, positions counted from 0;
"items": {id: [item_feature_0, codes of the others]}}. Needs obp 0.5.7 (OpenBanditDataset of obp/dataset/real.py), pandas 2 and
scikit-learn.
"""

import importlib
import importlib.metadata
import json
import pathlib
import shutil
import sys
import tempfile
import types

HERE = pathlib.Path(__file__).parent
FILES = HERE.parents[1] / "unit/ingest/files/open_bandit"

# Only that module: others of the package need torch and more.
root = pathlib.Path(importlib.metadata.distribution("obp").locate_file("obp"))
for name in ("obp", "obp.dataset"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(root.joinpath(*name.split(".")[1:]))]
OpenBanditDataset = importlib.import_module("obp.dataset.real").OpenBanditDataset

with tempfile.TemporaryDirectory() as folder:
    shutil.copytree(FILES, pathlib.Path(folder) / "bts/men")
    data = OpenBanditDataset(behavior_policy="bts", campaign="men", data_path=folder)
rows = [list(row) for row in zip(data.action.tolist(), data.position.tolist(), data.reward.tolist(), data.pscore.tolist())]
items = {str(item): [features[-1], *map(int, features[:-1])]
         for item, features in zip(data.item_context["item_id"].tolist(), data.action_context.tolist())}
out = {"source": f"obp {importlib.metadata.version('obp')}", "rows": rows, "items": items}
(HERE / "open_bandit.json").write_text(json.dumps(out, indent=1) + "\n")
