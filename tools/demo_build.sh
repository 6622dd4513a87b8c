#!/usr/bin/env bash
# ./dev demo: installs and builds only what the demo runs, says how long each part took, and hands over to demo.sh.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh

[ -f src/app/main.cpp ] || die "there is no program to show yet: src/app/main.cpp is missing"

start=$(clock)
setup demo
install_s=$(since "$start")

start=$(clock)
mkdir -p build
console_build
console_s=$(since "$start")

start=$(clock)
# Without the test packages installed the tests are left out of the build; an earlier build keeps what it has.
[ -f build/release/CMakeCache.txt ] || configure release -DMAILWARD_TESTS=OFF
configure_s=$(since "$start")

start=$(clock)
cmake --build build/release -j "$JOBS" --target mailward exchange-sim sample-directory
build_s=$(since "$start")

say "install ${install_s} s · console ${console_s} s · configure ${configure_s} s · build ${build_s} s"
exec tools/demo.sh "$@"
