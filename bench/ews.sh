#!/usr/bin/env bash
# ./dev bench ews [--messages N] [--folders N] [--seconds S]: our EWS client beside bare libcurl, exchangelib and DavMail doing
# the same against the simulator in the same run (bench/ews/main.cpp). About three minutes.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh
setup test
mkdir -p build/bench
[ -f build/release/CMakeCache.txt ] || configure release -DMAILWARD_TESTS=ON
cmake --build build/release -j "$JOBS" --target ews-bench >/dev/null
exec build/release/bin/ews-bench --json build/bench/ews.json "$@"
