#!/usr/bin/env bash
# Says what processes run from: running.sh UNIT_FILE UNIT ...
# A line "release FOLDER" for each unit that runs, and "stale FILE" for a file that is newer than it.
set -euo pipefail
unit_file=$1
shift
for unit in "$@"; do
  process=$(systemctl show --property=MainPID --value "$unit")
  [[ $process != 0 ]] || continue
  echo "release $(readlink "/proc/$process/cwd")"
  started=$(systemctl show --property=ExecMainStartTimestamp --value --timestamp=us+utc "$unit")
  find /etc/platform/environment "$unit_file" -newermt "$started" -printf 'stale %p\n'
done
