"""The files in tests/unit/ingest/files/recbole/shop, as RecBole 1.2.1 reads them.

Writes recbole.json beside this file: {"events": [[user, item, time, rating, device]], "user": {feature: {id: value}}, "item": ...},
where an empty field is null. The reader is Dataset._load_feat of the wheel's recbole/data/dataset/dataset.py, before RecBole numbers
ids and fills missing values with means. Needs recbole 1.2.1 with pandas 2 (pandas 3 leaves empty sequences NaN, which that reader
splits), numpy, torch, scipy, colorlog, colorama, texttable, pyyaml and tqdm; modules that it only imports are left out.
"""

import json
import pathlib
import sys
import types
from logging import getLogger

import numpy as np
import pandas as pd

for name, member in [("torch.utils.tensorboard", "SummaryWriter"), ("texttable", "Texttable")]:  # which it does not call here
    sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[name], member, object)

import recbole  # noqa: E402
from recbole.data.dataset.dataset import Dataset  # noqa: E402
from recbole.utils import FeatureSource  # noqa: E402

HERE = pathlib.Path(__file__).parent
FOLDER = HERE.parents[1] / "unit/ingest/files/recbole/shop"


class Reader:
    """What Dataset._load_feat asks of its data set."""

    logger = getLogger()
    config = {"field_separator": "\t", "seq_separator": " ", "encoding": "utf-8", "seq_len": None}

    def __init__(self):
        self.field2source, self.field2type, self.field2seqlen, self.field2bucketnum = {}, {}, {}, {}

    def _get_load_and_unload_col(self, source):
        return None, None


def plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if pd.isna(value) else value


def read(extension, source):
    table = Dataset._load_feat(Reader(), str(FOLDER / f"shop.{extension}"), source)
    return [{key: plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def by_id(rows, id_column):
    names = [name for name in rows[0] if name != id_column]
    return {name: {row[id_column]: row[name] for row in rows} for name in names}


events = [[row[name] for name in ("user_id", "item_id", "timestamp", "rating", "device")] for row in read("inter", FeatureSource.INTERACTION)]
out = {"source": f"recbole {recbole.__version__}, pandas {pd.__version__}", "events": events,
       "user": by_id(read("user", FeatureSource.USER), "user_id"), "item": by_id(read("item", FeatureSource.ITEM), "item_id")}
(HERE / "recbole.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
