# shellcheck shell=bash
# Sourced. npm_parts DIR installs what DIR/package-lock.json names, when that changed; console_build builds
# build/console/ (files, compressed, with manifest.json) when anything that it is made of changed.

npm_parts() {
  local place=$1 kept=$1/node_modules/.mailward-lock
  cmp -s "$place/package-lock.json" "$kept" && return 0
  headline "installing the parts of $place"
  # Nothing of theirs runs while they are installed.
  (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || die "the parts of $place could not be installed (above)"
  cp "$place/package-lock.json" "$kept"
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
  npm_parts console
  mkdir -p build
  (cd console && npm run --silent build) || die "the console could not be built (above)"
  console_inputs >"$stamp"
}
