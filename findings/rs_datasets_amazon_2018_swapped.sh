#!/usr/bin/env bash
# rs-datasets 0.5.1 takes the items of Amazon 2018 for users, and the users for items.
#
# Guess:  its Amazon("beauty") names the columns of the "ratings only" files as they are.
# Seen:   the files of 2018 are item,user,rating,timestamp (those of 2014 were user,item,...); it names them user_id, item_id, rating,
#         timestamp whatever they hold. Popularity, density and history lengths that are computed from it are those of the other side.
#         The file below is in the layout of 2018: an ASIN, then a reviewer's id.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "rs-datasets==0.5.1" "pandas==2.3.3" 2>/dev/null
mkdir -p "$folder/data/amazon"
printf 'B000000001,AREVIEWERONE01,5.0,1420070400\nB000000001,AREVIEWERTWO02,4.0,1420156800\nB000000002,AREVIEWERONE01,3.0,1420243200\n' \
  > "$folder/data/amazon/beauty.csv"
"$folder/env/bin/python" - "$folder/data" <<'PY'
import sys
from rs_datasets import Amazon

ratings = Amazon("beauty", path=sys.argv[1]).ratings
print(ratings.to_string(index=False))
users = sorted(set(ratings["user_id"]))
sys.exit(0 if users == ["B000000001", "B000000002"] else f"rs-datasets behaves otherwise now: users are {users}")
PY
