#!/usr/bin/env bash
# console.sh dev: the console's development server. It answers /api from a running Mailward: MAILWARD_URL
# (https://HOST:PORT), else the one of ./dev demo.
# console.sh build: build/console/, for the program to embed.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
source tools/npm_parts.sh

setup console
case ${1:-} in
  build) console_build ;;
  dev)
    npm_parts console
    demo_port=$(cat var/demo/console-port 2>/dev/null || true)
    MAILWARD_URL=${MAILWARD_URL:-${demo_port:+https://127.0.0.1:$demo_port}}
    [ -n "$MAILWARD_URL" ] || die "no API to talk to: start ./dev demo in another terminal, or set MAILWARD_URL"
    export MAILWARD_URL
    say "API: $MAILWARD_URL"
    cd console && exec npm run --silent dev
    ;;
  *) die "console.sh knows dev and build" ;;
esac
