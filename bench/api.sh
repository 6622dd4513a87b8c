#!/usr/bin/env bash
# ./dev bench api: what the API and the console cost, over TLS on loopback.
#   - reads at 500 a second by an open-loop generator (autocannon): each request is due at its time whatever became of the
#     ones before, and its latency counts from then
#   - the console's first page: bytes over the wire, and the time until it can be used in Chromium
#   - a live test: how long after a step happened its event reached a client
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh
source tools/setup.sh
setup test
source tools/npm_parts.sh
npm_parts console

seconds=${1:-20} rate=${2:-500}
bin=build/release/bin
here=$(mktemp -d "${TMPDIR:-/tmp}/mailward-bench.XXXXXX")
exchange='' mailward=''
# shellcheck disable=SC2317  # called by the trap
stop() {
  for pid in $mailward $exchange; do
    kill -TERM "$pid" 2>/dev/null || continue
    wait "$pid" || true
  done
  rm -rf "$here"
}
trap stop EXIT
until_holds() {
  local pid=$1 limit=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.01
  done
}
member() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

mkdir -p "$here/exchange"
"$bin/exchange-sim" --sample --state "$here/exchange" >"$here/exchange.log" 2>&1 &
exchange=$!
until_holds $exchange test -s "$here/exchange/ready.json" || die "the sample Exchange did not start"
url=$(member url <"$here/exchange/ready.json")
ca=$(member ca <"$here/exchange/ready.json")
port=$(sed -E 's#^https://[^/]*:([0-9]+)/.*#\1#' <<<"$url")
cat >"$here/mailward.toml" <<TOML
[server]
listen = "127.0.0.1:0"
[network]
allowed_destinations = ["127.0.0.0/8"]
allowed_ports = [443, $port]
[network.hosts]
"mail.example.test" = ["127.0.0.1"]
TOML
export MAILWARD_SOCKET=$here/state/run/mailward.sock
"$bin/mailward" serve --config "$here/mailward.toml" --state-dir "$here/state" >"$here/mailward.log" 2>&1 &
mailward=$!
until_holds $mailward "$bin/mailward" status || { cat "$here/mailward.log" >&2; die "Mailward did not start"; }
console=$(sed -nE 's/.* console url=([^ ]+) .*/\1/p' "$here/mailward.log" | tail -1)
for number in 1 2 3 4 5; do
  "$bin/mailward" connection add --json --description "bench $number" --ews-url "https://mail.example.test:$port/EWS/Exchange.asmx" \
    --trust-file "$ca" --master-mailbox svc-mailward@example.test --mailbox-check usera@example.test --heartbeat 0 \
    --password-fd 3 3<<<'Sample-Passw0rd!' >"$here/connection.json"
done
id=$(member id <"$here/connection.json")
"$bin/mailward" user create bench --admin --password-fd 3 3<<<'seven herons over the weir' >/dev/null
MAILWARD_TOKEN=$("$bin/mailward" token create bench --description bench --right see_connections --right see_status \
  --right see_runs --right test_connections)
export MAILWARD_TOKEN NODE_EXTRA_CA_CERTS=$here/state/tls/self-signed.crt

for path in connections status "connections/$id"; do
  say "reads of /api/v1/$path at $rate a second for $seconds s:"
  node bench/api_reads.mjs "$console/api/v1/$path" "$rate" "$seconds"
done
say "a live test:"
node bench/api_live.mjs "$console" "$id" 20
say "the first page:"
node bench/api_page.mjs "$console" bench
