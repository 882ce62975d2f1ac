#!/bin/sh
# Runs one TypeScript file of this project with the Bun that npm installed, installing first what is missing.
# Usage: scripts/run.sh FILE [ARGUMENT…], from anywhere.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
file=$1
shift

find_bun() {
  # The platform package holds the binary itself; node_modules/.bin/bun needs bun's install script to have run.
  for candidate in "$root"/node_modules/@oven/bun-*/bin/bun "$root"/node_modules/.bin/bun; do
    if [ -x "$candidate" ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# npm leaves this file when an install is complete; older than the lock file means that packages changed since.
installed="$root/node_modules/.package-lock.json"
if [ ! -f "$installed" ] || [ "$root/package-lock.json" -nt "$installed" ] || ! find_bun >/dev/null; then
  printf 'rookery: installing what is missing with npm (once)\n' >&2
  (cd "$root" && npm ci --no-audit --no-fund --loglevel=error >&2) || {
    printf 'rookery: npm ci failed; see the lines above, then run it again\n' >&2
    exit 1
  }
  touch "$installed"
fi
bun=$(find_bun) || {
  printf 'rookery: npm installed no Bun for this kind of machine; Rookery needs Linux or macOS on x64 or arm64\n' >&2
  exit 1
}
case $file in /*) ;; *) file="$root/$file" ;; esac
exec "$bun" "$file" "$@"
