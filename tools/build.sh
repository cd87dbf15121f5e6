#!/usr/bin/env bash
# Configures a preset where needed and builds targets of it.
#   usage: tools/build.sh PRESET [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/progress.sh

preset=$1
shift
targets=("${@:-all}")
folder=build/$preset

# A file with tensors in it takes about 1.5 GB to compile.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1.5e6) }' /proc/meminfo)
  printf '%d' $((memory < 1 ? 1 : memory < cores ? memory : cores))
}

build() {
  [[ -f $folder/build.ninja ]] || cmake --preset "$preset"
  cmake --build "$folder" -j "$(jobs)" --target "${targets[@]}"
}

begin build
watch build || { show_failure; fail "the build of $folder failed"; }
done=$(built_so_far || true)
finish "${done:-up to date}"

if [[ $preset == release ]]; then
  ln -sfn build/release/bin/assay assay
fi
