#!/usr/bin/env bash
# own_cache.sh COMMAND...: runs it with an empty cache of its own, which is gone afterwards. The user's cache stays as it was.
cache=$(mktemp -d) || exit 1
trap 'rm -rf "$cache"' EXIT
ASSAY_CACHE=$cache ASSAY_TIMING_LOCK=$cache/timing.lock "$@"
