#!/usr/bin/env bash
# Removes the oldest releases, and packages that none is left for: prune.sh ROOT KEPT
# The current one and the one before it stay, however old they are. Prints what it removes.
set -euo pipefail
cd "$1"
kept=$2
stay=$(readlink -f current previous || true)
# The names of releases are plain: what `git describe` says.
# shellcheck disable=SC2012
for release in $(ls -1dt releases/*/ | tail -n "+$((kept + 1))"); do
  grep -qxF "$PWD/${release%/}" <<< "$stay" && continue
  rm -rf "$release"
  echo "$release"
done
# A release that was not installed has none.
used=$(readlink releases/*/.venv || true)
for environment in environments/*/; do
  grep -qxF "$PWD/${environment%/}" <<< "$used" && continue
  rm -rf "$environment"
  echo "$environment"
done
