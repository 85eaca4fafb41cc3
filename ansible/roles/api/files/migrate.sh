#!/bin/sh
# Brings the database to a release's state, with the host's settings: migrate.sh FOLDER USER
set -eu
exec systemd-run --quiet --collect --wait --pipe --service-type=exec \
  --property=User="$2" --property=EnvironmentFile=/etc/platform/environment \
  --property=WorkingDirectory="$1" --setenv=PYTHONPATH="$1:$1/platform" --setenv=PROCESS_NAME=migrate \
  "$1/.venv/bin/python" manage.py migrate_release
