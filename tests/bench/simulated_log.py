"""Writes a simulated log as Parquet, a row group at a time, so that it may be larger than memory.

Users are drawn evenly, items by Zipf's law (exponent 1), times ascend. Columns: user, item (int32
or, with --texts, "u123", "i45"), at (seconds). The same arguments give the same file.

    .venv/bin/python tests/bench/simulated_log.py LOG.parquet --events 100000000
"""

import argparse

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 1 << 20  # a row group


def item_thresholds(items):
    """Cumulated shares of the items, the most popular first."""
    weight = 1 / np.arange(1, items + 1)
    return np.cumsum(weight / weight.sum())


def columns(random, rows, first_event, args, thresholds):
    user = random.integers(0, args.users, rows, dtype=np.int32)
    item = np.searchsorted(thresholds, random.random(rows)).clip(0, args.items - 1)
    # Which items are popular has nothing to do with their numbers.
    item = (item * 7_919 % args.items).astype(np.int32)
    at = 1_600_000_000 + np.arange(first_event, first_event + rows) // args.events_per_second
    if args.texts:
        return [pa.array(np.char.add(p, ids.astype(str))) for p, ids in (("u", user), ("i", item))] + [pa.array(at)]
    return [pa.array(user), pa.array(item), pa.array(at)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--events-per-second", type=int, default=2)
    parser.add_argument("--texts", action="store_true")
    args = parser.parse_args()
    ids = pa.string() if args.texts else pa.int32()
    schema = pa.schema([("user", ids), ("item", ids), ("at", pa.int64())])
    random = np.random.default_rng(1)
    thresholds = item_thresholds(args.items)
    with pq.ParquetWriter(args.path, schema) as out:
        for first in range(0, args.events, ROWS):
            rows = min(ROWS, args.events - first)
            out.write_table(pa.table(columns(random, rows, first, args, thresholds), schema=schema), row_group_size=rows)


if __name__ == "__main__":
    main()
