#!/usr/bin/env bash
# ./dev walk [OPTION…]: walks through the console in Chromium, on a demo of its own (build/walk/demo, made anew), by Playwright:
# console/walk/. Options go to Playwright. ./dev screenshots is the walk that makes docs/screenshots/.
# `--trace retain-on-failure` keeps what Playwright's trace viewer shows of a failure, for a third more of time.
#
#   MAILWARD_WALK_DIR  where the demo and what is left of failures go (build/walk); walks side by side need one each
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/build.sh
setup test
mkdir -p build
here=${MAILWARD_WALK_DIR:-build/walk}
rm -rf "$here"
mkdir -p "$here/demo"
(
  flock 9
  npm_parts console
  (build release mailward exchange-sim sample-directory) >"$here/build.log" 2>&1 || { cat "$here/build.log" >&2; die "the build failed (above)"; }
) 9>build/walk.lock
# Any port that is free: another walk may be about to take the usual one.
echo 0 >"$here/demo/console-port"
MAILWARD_DEMO_DIR=$here/demo setsid tools/demo.sh >"$here/demo.log" 2>&1 &
demo=$!
stop() {
  local code=$?
  kill -TERM "$demo" 2>/dev/null || true
  wait "$demo" 2>/dev/null || true
  exit "$code"
}
trap stop EXIT
limit=$((SECONDS + 60))
until grep -q '^  sign in ' "$here/demo.log"; do
  kill -0 "$demo" 2>/dev/null && [ "$SECONDS" -lt "$limit" ] || { cat "$here/demo.log" >&2; die "the demo did not start"; }
  sleep 0.1
done
member() { sed -nE "s#^  $1 +([^ ]+).*#\\1#p" "$here/demo.log"; }
MAILWARD_URL=$(member console)
MAILWARD_CONTROL=$(sed -nE 's#.*control API: ([^)]+)\).*#\1#p' "$here/demo.log")
MAILWARD_USER=admin
MAILWARD_PASSWORD='Sample-Passw0rd!'
MAILWARD_SOCKET=$PWD/$here/demo/state/run/mailward.sock
MAILWARD_PROGRAM=$PWD/build/release/bin/mailward
MAILWARD_CHROMIUM=${MAILWARD_CHROMIUM:-/usr/bin/chromium}
MAILWARD_WALK_RESULTS=$PWD/$here/results
export MAILWARD_WALK_RESULTS MAILWARD_URL MAILWARD_CONTROL MAILWARD_USER MAILWARD_PASSWORD MAILWARD_SOCKET MAILWARD_PROGRAM MAILWARD_CHROMIUM
(cd console && npm run --silent walk -- "$@")
