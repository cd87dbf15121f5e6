"""The events of the small files in tests/unit/ingest/files/named, as other libraries read them.

Writes named_formats.json beside this file: for each file its format, the reader, and its events [user, item, time, value, type], in
the order of the file; time is in seconds, and what the format has not is null. Needs datarec 1.5.7 (its own readers, with the
separators and columns of its registry), recommenders 1.2.1 and torch-geometric 2.8.1 (theirs, from the wheels, of which only that one
module is loaded), pyarrow and pandas. Where no library reads a format, pandas reads the file by the columns that the page of the data
set names; "by_page" says so.
"""

import ast
import importlib.metadata
import json
import pathlib
import shutil
import sys
import tempfile

import pandas as pd
import pyarrow.parquet
from datarec.io.readers.transactions import read_transactions_blocks, read_transactions_jsonl, read_transactions_tabular

HERE = pathlib.Path(__file__).parent
FILES = HERE.parents[1] / "unit/ingest/files/named"
WHEELS = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None  # folder in which those two wheels are unpacked
DATAREC = f"datarec {importlib.metadata.version('datarec')}"
PANDAS = f"pandas {pd.__version__}, by_page"
cases = []


def plain(value):
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def add(file, fmt, reader, table, user, item, time=None, value=None, event=None, ticks=1):
    rows = []
    for row in table.to_dict("records"):
        at = plain(row[time]) if time is not None else None
        if isinstance(at, (str, pd.Timestamp)):
            at = pd.Timestamp(at).timestamp()
        elif at is not None:
            at = at / ticks
        rows.append([str(row[user]), str(row[item]), at, None if value is None else (None if plain(row[value]) is None else float(row[value])),
                     None if event is None else str(row[event])])
    cases.append({"file": file, "format": fmt, "reader": reader, "events": rows})


def tabular(file, fmt, sep, header, columns, ticks=1):
    user, item, rating, time = columns
    # Of a file without a header datarec 1.5.7 drops the first row, unless it is given names.
    read = read_transactions_tabular(str(FILES / file), sep=sep, user_col=user, item_col=item, rating_col=rating, timestamp_col=time,
                                     header=header, cols=None if header == 0 else list(columns), engine="python")
    add(file, fmt, DATAREC, read.data, read.user_col, read.item_col, read.timestamp_col, read.rating_col, ticks=ticks)


tabular("ml-100k/u.data", "movielens", "\t", None, ("user", "item", "rating", "time"))
tabular("ml-1m/ratings.dat", "movielens", "::", None, ("user", "item", "rating", "time"))
tabular("ml-10m/ratings.dat", "movielens", "::", None, ("user", "item", "rating", "time"))
tabular("ml-32m/ratings.csv", "movielens", ",", 0, ("userId", "movieId", "rating", "timestamp"))
tabular("amazon/ratings_Beauty.csv", "amazon_reviews", ",", None, ("user", "item", "rating", "time"))
tabular("amazon/Toys_and_Games.csv", "amazon_reviews", ",", 0, ("user_id", "parent_asin", "rating", "timestamp"), 1000)
for file, columns, ticks in [("reviews_Beauty_5.json", ("reviewerID", "asin", "overall", "unixReviewTime"), 1),
                             ("All_Beauty_5.json", ("reviewerID", "asin", "overall", "unixReviewTime"), 1),
                             ("All_Beauty.jsonl", ("user_id", "parent_asin", "rating", "timestamp"), 1000)]:
    user, item, rating, time = columns
    read = read_transactions_jsonl(str(FILES / "amazon" / file), user_col=user, item_col=item, rating_col=rating, timestamp_col=time)
    add(f"amazon/{file}", "amazon_reviews", DATAREC, read.data, read.user_col, read.item_col, read.timestamp_col, read.rating_col, ticks=ticks)
for folder, pattern in [("netflix", "training_set/mv_*.txt"), ("netflix-kaggle", "combined_data_*.txt")]:
    parts = []
    for path in sorted((FILES / folder).glob(pattern)):
        parts.append(read_transactions_blocks(str(path), block_by="item", event_layout="id,rating,timestamp", sep=",", rating_col="rating",
                                              timestamp_col="timestamp"))
    add(folder, "netflix", DATAREC, pd.concat([part.data for part in parts]), parts[0].user_col, parts[0].item_col, parts[0].timestamp_col,
        parts[0].rating_col)

by_page = [
    ("retailrocket/events.csv", "retailrocket", ",", None, dict(user="visitorid", item="itemid", time="timestamp", event="event", ticks=1000)),
    ("kuairec/big_matrix.csv", "kuairec", ",", None, dict(user="user_id", item="video_id", time="timestamp", value="watch_ratio")),
    ("goodreads/goodreads_interactions.csv", "goodreads", ",", None, dict(user="user_id", item="book_id", value="rating")),
    ("lfm-1b/LFM-1b_LEs.txt", "lfm_1b", "\t", ["user", "artist", "album", "track", "time"], dict(user="user", item="track", time="time")),
    ("lfm-2b/listening_events.tsv", "lfm_2b", "\t", None, dict(user="user_id", item="track_id", time="timestamp")),
    ("amazon/All_Beauty.csv", "amazon_reviews", ",", ["item", "user", "rating", "time"],
     dict(user="user", item="item", time="time", value="rating")),
    ("taobao/UserBehavior.csv", "taobao", ",", ["user", "item", "category", "type", "time"],
     dict(user="user", item="item", time="time", event="type")),
]
by_page.append(("steam/steam-200k.csv", "steam", ",", ["user", "item", "type", "value", "zero"],
                dict(user="user", item="item", value="value", event="type")))
for file, fmt, sep, names, columns in by_page:
    add(file, fmt, PANDAS, pd.read_csv(FILES / file, sep=sep, names=names, dtype={"item": str}, float_precision="round_trip"), **columns)
goodreads = pd.read_json(FILES / "goodreads/goodreads_interactions_poetry.json", lines=True, dtype=False)
goodreads["date_added"] = pd.to_datetime(goodreads.date_added, format="%a %b %d %H:%M:%S %z %Y", utc=True).map(lambda t: t.timestamp())
add("goodreads/goodreads_interactions_poetry.json", "goodreads", PANDAS, goodreads, "user_id", "book_id", "date_added", "rating")
yambda = pyarrow.parquet.read_table(FILES / "yambda/multi_event.parquet").to_pandas()
add("yambda/multi_event.parquet", "yambda", f"pyarrow {pyarrow.__version__}, by_page", yambda, "uid", "item_id", "timestamp", event="event_type")
steam = pd.DataFrame(ast.literal_eval(line) for line in (FILES / "steam/steam_reviews.json").read_text().splitlines())
add("steam/steam_reviews.json", "steam", f"Python {sys.version.split()[0]}'s ast.literal_eval, by_page", steam, "username", "product_id", "date",
    "hours")
otto = FILES / "otto/otto-recsys-test.jsonl"
if otto.exists():
    rows = [{"session": s["session"], **event} for s in map(json.loads, otto.read_text().splitlines()) for event in s["events"]]
    add("otto/otto-recsys-test.jsonl", "otto", PANDAS, pd.DataFrame(rows), "session", "aid", "ts", event="type", ticks=1000)

if WHEELS:
    sys.path.insert(0, str(next(WHEELS.glob("recommenders*"))))
    from recommenders.datasets import amazon_reviews as module

    out = pathlib.Path(module._reviews_preprocessing(str(FILES / "amazon/reviews_Beauty_5.json")))
    table = pd.read_csv(out, sep="\t", names=["user", "item", "time"], dtype=str)
    out.unlink()
    table["time"] = table.time.astype(int)
    add("amazon/reviews_Beauty_5.json", "amazon_reviews", "recommenders 1.2.1", table, "user", "item", "time")

    sys.path.insert(0, str(next(WHEELS.glob("torch_geometric*"))))
    from torch_geometric.datasets import Taobao

    with tempfile.TemporaryDirectory() as folder:
        raw = pathlib.Path(folder) / "raw"
        raw.mkdir()
        shutil.copy(FILES / "taobao/UserBehavior.csv", raw)
        graph = Taobao(folder)[0]
    table = pd.read_csv(FILES / "taobao/UserBehavior.csv", header=None)
    users, items = sorted(set(table[0])), sorted(set(table[1]))  # it numbers them in that order
    types = {0: "pv", 1: "cart", 2: "buy", 3: "fav"}
    edges = graph["user", "item"]
    rows = [{"user": users[u], "item": items[i], "time": t, "type": types[b]}
            for u, i, t, b in zip(*edges.edge_index.tolist(), edges.time.tolist(), edges.behavior.tolist())]
    add("taobao/UserBehavior.csv", "taobao", "torch-geometric 2.8.1", pd.DataFrame(rows), "user", "item", "time", event="type")

(HERE / "named_formats.json").write_text(json.dumps(cases, ensure_ascii=False, indent=1, separators=(",", ": ")) + "\n")
