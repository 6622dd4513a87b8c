# shellcheck shell=bash
# Sourced. console_parts installs what console/package-lock.json names, when that changed; console_build builds
# build/console/ (files, compressed, with manifest.json) when anything that it is made of changed.

console_parts() {
  local kept=console/node_modules/.mailward-lock
  cmp -s console/package-lock.json "$kept" && return 0
  headline "installing the console's parts"
  # Nothing of theirs runs while they are installed.
  (cd console && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || die "the console's parts could not be installed (above)"
  cp console/package-lock.json "$kept"
}

# One number for all that the build is made of.
console_inputs() {
  find console src/api/openapi.json -type f -not -path 'console/node_modules/*' -not -name schema.ts -print0 |
    sort -z | xargs -0 sha256sum | sha256sum
}

console_build() {
  local stamp=build/console.stamp now
  now=$(console_inputs)
  [ -f build/console/manifest.json ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return 0
  console_parts
  mkdir -p build
  (cd console && npm run --silent build) || die "the console could not be built (above)"
  console_inputs >"$stamp"
}
