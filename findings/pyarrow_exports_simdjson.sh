#!/usr/bin/env bash
# libparquet of the pyarrow 26.0.1 wheel takes the place of a system's libsimdjson in a C++ program that links both.
#
# Guess:  the parser that Arrow compiles in for the Variant type is hidden, as its other bundled libraries are; a program may link
#         Debian's libsimdjson 3.0.1 beside it.
# Seen:   libparquet.so.2600 exports over a hundred symbols of namespace simdjson, of another version. Linked as `-lparquet -lsimdjson`,
#         calls compiled against the 3.0.1 header are bound to Arrow's copy, whose parser objects are laid out otherwise: parsing a
#         plain object ended our program with a segmentation fault. The order of the two decides, and nothing warns. The program below
#         only asks which library answers, and parses nothing.
# Needs:  g++, apt (to download two packages), Python 3.11 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "pyarrow==26.0.1"
arrow=$("$folder/env/bin/python" -c 'import pyarrow; print(pyarrow.get_library_dirs()[0])')
parquet=$(ls "$arrow"/libparquet.so.*00 | head -1)
(cd "$folder" && apt-get download -q libsimdjson-dev=3.0.1-1 libsimdjson14=3.0.1-1 > /dev/null && for deb in *.deb; do dpkg -x "$deb" root; done)
exported=$(nm -DC --defined-only "$parquet" | grep -c ' simdjson::')
echo "$(basename "$parquet") exports $exported symbols of simdjson"
cat > "$folder/who.cpp" <<'CPP'
#include <dlfcn.h>
#include <simdjson.h>

#include <cstdio>

int main() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&simdjson::get_active_implementation), &info);
  std::printf("header %s, answered by %s\n", SIMDJSON_STRINGIFY(SIMDJSON_VERSION), info.dli_fname);
}
CPP
lib=$(dirname "$(find "$folder/root" -name 'libsimdjson.so.14*' | head -1)")
for order in "$parquet -lsimdjson" "-lsimdjson $parquet"; do
  # shellcheck disable=SC2086
  g++ -std=c++17 -fPIC -I"$folder/root/usr/include" "$folder/who.cpp" -o "$folder/who" -Wl,--no-as-needed -L"$lib" $order \
    -Wl,-rpath,"$arrow:$lib" -Wl,-rpath-link,"$arrow"
  answer=$("$folder/who" | sed 's#/.*/##')
  echo "linked as ${order//$arrow\//}: $answer"
  case "$order" in
    -lsimdjson*) [[ $answer == *libsimdjson* ]] || { echo "otherwise now"; exit 1; } ;;
    *) [[ $answer == *libparquet* ]] || { echo "otherwise now"; exit 1; } ;;
  esac
done
[ "$exported" -gt 100 ] || { echo "the wheel behaves otherwise now"; exit 1; }
