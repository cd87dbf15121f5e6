#!/usr/bin/env bash
# Makes the databases of this folder with the programs of a build: make_databases.sh BUILD_FOLDER
# They are run in a folder of its own, /tmp/assay-fixture, whose paths are what the databases name.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
assay=$(cd "$1" && pwd)/bin/assay
root=/tmp/assay-fixture
rm -rf "$root"
mkdir "$root"
cp -r "$here"/{data,quickstart,update_or_refit,lists,server_load} "$root"
export ASSAY_DATA=$root/data
unset ASSAY_PLUGINS

# run NAME [OPTION...]: into $root/NAME/results/NAME.sqlite
run() {
  (cd "$root/$1" && ASSAY_CACHE=$root/cache/$1 "$assay" run "$1.yaml" --quiet "${@:2}" > "$root/$1.txt")
}

run quickstart
run update_or_refit
# The first of two runs has a variant that fails: its data have no such feature.
run lists --set 'variants.shelves.rerank[0].params.feature=shelv' || [[ $? == 3 ]]
run lists
run server_load --jobs 1

for name in quickstart update_or_refit lists server_load; do
  database=$root/$name/results/$name.sqlite
  # Which kernel it was is nobody's business.
  python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).executescript(
    "UPDATE environment SET os = \"Linux\"; VACUUM")' "$database"
  xz -9e --stdout "$database" > "$here/$name/$name.sqlite.xz"
  "$assay" compare "$database" --format json | xz -9e --stdout > "$here/$name/compare.json.xz"
done
tar -C "$root/cache/lists" --sort=name --owner=0 --group=0 --numeric-owner -cf - imported prepared artifacts |
  xz -9e --stdout > "$here/lists/cache.tar.xz"
