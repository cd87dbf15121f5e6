#!/usr/bin/env bash
# From nothing to a comparison of recommendation pipelines on real ratings.
set -euo pipefail
cd "$(dirname "$0")/.."
export STEPS=6
STEP=1 tools/setup.sh
STEP=4 tools/build.sh release
STEP=5
source tools/progress.sh

begin MovieLens-100K
facts=$(./assay data get movielens-100k 2>"$step_log") || { cat "$step_log" >&2; exit 1; }
finish "$facts"

begin experiments/quickstart.yaml
finish ""
./assay run experiments/quickstart.yaml
./assay report results/quickstart.sqlite
printf '\nNext      docs/getting-started.md: change one line of experiments/quickstart.yaml and run it again\n'
