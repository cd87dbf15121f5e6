#!/usr/bin/env bash
# datarec 1.5.7 reads a table without a header one row short.
#
# Guess:  read_transactions_tabular(..., header=None), with columns given by their places, reads every line of u.data.
# Seen:   with header=None and no `cols` the first line is gone, without a warning: 3 of 4 events. With `cols` all 4 are there.
#         Whoever reads MovieLens 100K or 1M so tests on 99,999 or 1,000,208 events, and compares with papers that had one more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "datarec==1.5.7" "pandas==2.3.3" 2>/dev/null
printf '196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n244\t51\t2\t880606923\n' > "$folder/u.data"
"$folder/env/bin/python" - "$folder/u.data" <<'PY'
import sys
from datarec.io.readers.transactions import read_transactions_tabular

path, names = sys.argv[1], ["user", "item", "rating", "time"]
by_place = read_transactions_tabular(path, sep="\t", user_col=0, item_col=1, rating_col=2, timestamp_col=3, header=None)
by_name = read_transactions_tabular(path, sep="\t", user_col="user", item_col="item", rating_col="rating", timestamp_col="time",
                                    header=None, cols=names)
users = lambda read: [str(user) for user in read.data[read.user_col]]
print("by place:", users(by_place), "by name:", users(by_name))
expected = (["186", "22", "244"], ["196", "186", "22", "244"])
sys.exit(0 if (users(by_place), users(by_name)) == expected else "datarec behaves otherwise now")
PY
