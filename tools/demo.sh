#!/usr/bin/env bash
# ./dev demo, once everything is built: a sample Exchange, and Mailward on it, both in ./var/demo, until Ctrl-C.
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh

here=var/demo
bin=build/release/bin
socket=$here/mailward/run/mailward.sock
mkdir -p "$here/exchange"
chmod 700 "$here"
rm -f "$here/exchange/ready.json"

[ "${1:-}" != --once ] || die "the main job without a person is not written yet"

exchange='' mailward=''
# Mailward first, so that it does not see its Exchange vanish.
# shellcheck disable=SC2317  # called by the trap
stop() {
  local code=$? pid
  trap - EXIT INT TERM
  for pid in $mailward $exchange; do
    kill -TERM "$pid" 2>/dev/null || continue
    wait "$pid" || true
  done
  exit "$code"
}
trap stop EXIT
trap 'exit 0' INT TERM

# Waits until a command succeeds, at most SECONDS, and only while process PID lives.
until_holds() {
  local pid=$1 limit=$((SECONDS + $2))
  shift 2
  until "$@" 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || return 1
    [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.05
  done
}

start=$(clock)
# A session of its own each: Ctrl-C reaches this script only, which stops them in order.
setsid "$bin/exchange-sim" --sample --state "$here/exchange" >"$here/exchange.log" 2>&1 &
exchange=$!
until_holds $exchange 10 test -s "$here/exchange/ready.json" || { cat "$here/exchange.log" >&2; die "the sample Exchange did not start"; }

# What the sample Exchange says of itself: {"url": "https://127.0.0.1:PORT/…", "front_ends": […], "host": …, "ca": …}
ready=$(<"$here/exchange/ready.json")
field() { sed -E 's/.*"'"$1"'":"([^"]*)".*/\1/' <<<"$ready"; }
ports=$(grep -oE 'https://[0-9.]+:[0-9]+' <<<"$ready" | sed 's/.*://' | sort -un | paste -sd,)
cat >"$here/mailward.toml" <<TOML
# Written by ./dev demo at each start. Loopback and these ports are refused unless allowed.
[server]
state_dir = "mailward"
[network]
allowed_destinations = ["127.0.0.0/8"]
allowed_ports = [$ports]
[network.hosts]
"$(field host)" = ["127.0.0.1"]
TOML
setsid "$bin/mailward" serve --config "$here/mailward.toml" >"$here/mailward.log" 2>&1 &
mailward=$!
until_holds $mailward 10 test -S "$socket" || { cat "$here/mailward.log" >&2; die "Mailward did not start"; }

say "start $(since "$start") s"
say ""
say "A sample Exchange and Mailward are running. Ctrl-C stops both."
say "  Exchange $(field url), known as $(field host), certificate authority $(field ca)"
say "  faults   $(field control)"
say "  logs     $here/exchange.log, $here/mailward.log"
say "  socket   $socket"
wait -n $exchange $mailward && code=0 || code=$?
die "one of the two ended by itself (exit code $code); its log is in $here/"
