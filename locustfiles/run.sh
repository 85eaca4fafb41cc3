#!/usr/bin/env bash
# A load run and its verification: locustfiles/run.sh URL USERS SPAWN TIME; --help has the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=${VENV:-.venv}
if [[ ! -x $venv/bin/locust ]]; then make "$venv/.run"; fi
exec "$venv/bin/python" -m locustfiles.load "$@"
