#!/usr/bin/env bash
# ./dev bench rotation [--long]: what a renewal of the password costs four loads, and what the procedure by hand does, in a
# real Active Directory (bench/rotation/main.cpp). About a minute; --long: 20 rotations, Basic, and an old password that is
# not forgiven.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh
setup test
mkdir -p build/bench
[ -f build/release/CMakeCache.txt ] || configure release
cmake --build build/release -j "$JOBS" --target rotation-bench >/dev/null
exec build/release/bin/rotation-bench --json build/bench/rotation.json "$@"
