#!/usr/bin/env bash
# ./dev bench WHAT: runs bench/WHAT.sh against the release build, or the Google Benchmark programs bench/*WHAT*_bench.cpp.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh

what=${1:-}
if [ -z "$what" ]; then
  say "what can be measured: ./dev bench WHAT"
  for file in bench/*.sh bench/*_bench.cpp; do
    [ -f "$file" ] && say "  $(basename "$file" | sed 's/\.sh$//; s/_bench\.cpp$//')"
  done
  exit 0
fi
shift

if [ -f "bench/$what.sh" ]; then
  setup demo
  [ -f build/release/CMakeCache.txt ] || { mkdir -p build && configure release -DMAILWARD_TESTS=OFF; }
  cmake --build build/release -j "$JOBS" --target mailward exchange-sim
  exec bash "bench/$what.sh" "$@"
fi

programs=()
for file in bench/*"$what"*_bench.cpp; do
  [ -f "$file" ] && programs+=("$(basename "$file" .cpp)")
done
[ "${#programs[@]}" -gt 0 ] || die "nothing in bench/ is called '$what'"
setup all
build bench "${programs[@]}"
for program in "${programs[@]}"; do
  "build/bench/bin/$program" "$@"
done
