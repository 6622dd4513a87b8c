#!/usr/bin/env bash
# ./dev lint [--all|FILE…]: clang-tidy over what changed, everything, or the files named; see lint.py.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh
setup test
mkdir -p build
configure release -DMAILWARD_TESTS=ON
exec python3 tools/lint.py build/release --jobs "$JOBS" "$@"
