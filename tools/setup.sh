#!/usr/bin/env bash
# Installs what the build needs: Debian packages, the wheels that carry LibTorch and Arrow, and the
# charts of reports from npm.
# Done once; a repeat looks and returns.   usage: tools/setup.sh [more Debian packages...]
set -euo pipefail
cd "$(dirname "$0")/.."
default_steps=3
source tools/progress.sh

packages=(
  build-essential ca-certificates ccache cmake git ninja-build python3 python3-venv
  libboost-dev libcli11-dev libfmt-dev libhnswlib-dev liblzma-dev libsqlite3-dev libsqlitecpp-dev
  libssl-dev libxgboost-dev libxxhash-dev libyaml-cpp-dev nlohmann-json3-dev rapidjson-dev
  libbenchmark-dev libgmock-dev libgtest-dev
)
# torch comes first: the index that serves it may pin what others need.
# pandas and duckdb are for the tests of docs/results-database.md and tools/assay_results.py.
wheels=(torch==2.13.0 pyarrow==26.0.1 pandas==3.1.1 duckdb==2.0.1)
charts=(vega@6.4.0 vega-lite@6.4.3 vega-embed@7.3.0)
chart_folder=.venv/share/vega

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done
}

apt_install() {
  "$@" apt-get update -qq || printf 'going on with the package lists as they are\n'
  "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    "${missing[@]}"
}

install_packages() {
  begin packages
  command -v dpkg-query >/dev/null ||
    fail "This needs Debian 12 or a relative of it. Elsewhere, install by other means: ${packages[*]}"
  mapfile -t missing < <(missing_packages "${packages[@]}" "$@")
  if ((${#missing[@]} == 0)); then
    finish "already installed"
    return
  fi
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null && sudo -v 2>/dev/null ||
      fail "This needs root or sudo, once, for: apt-get install -y ${missing[*]}"
    as_root=(sudo)
  fi
  watch apt_install "${as_root[@]}" || { show_failure; fail "apt-get could not install: ${missing[*]}"; }
  finish "${#missing[@]} installed"
}

pip_install() {
  [[ -x .venv/bin/python ]] || python3 -m venv .venv
  local wheel
  for wheel in "${wheels[@]}"; do
    .venv/bin/python -m pip install "$wheel" || return
  done
}

install_wheels() {
  begin "LibTorch 2.13, Arrow 26"
  local stamp=.venv/assay-wheels
  if [[ -f $stamp && $(<"$stamp") == "${wheels[*]}" ]]; then
    finish "already installed"
    return
  fi
  watch pip_install || { show_failure; fail "pip could not install: ${wheels[*]}"; }
  printf '%s\n' "${wheels[*]}" >"$stamp"
  finish ".venv ($(du -sm .venv | cut -f1) MB)"
}

npm_install() {
  mkdir -p "$chart_folder"
  printf '{"private": true}\n' >"$chart_folder/package.json"
  npm install --prefix "$chart_folder" --save-exact --ignore-scripts --no-audit --no-fund "${charts[@]}"
}

# Reports without them have tables instead of charts, so the build goes on.
install_charts() {
  begin "charts (Vega)"
  local stamp=$chart_folder/assay-charts
  if [[ -f $stamp && $(<"$stamp") == "${charts[*]}" ]]; then
    finish "already installed"
  elif watch npm_install; then
    printf '%s\n' "${charts[*]}" >"$stamp"
    finish "${charts[*]}"
  else
    show_failure
    finish "left out: reports will have tables"
  fi
}

command -v npm >/dev/null || packages+=(npm)
install_packages "$@"
install_wheels
install_charts
