#!/bin/sh
# Installs the packages of the release in whose folder it is called: from its wheels alone.
# Releases with the same lock file share them.
set -eu
folder=$(cd ../.. && pwd)/environments/$(sha256sum < requirements.lock | cut -c1-16)
if [ ! -e "$folder/installed" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links wheels \
    --require-hashes --requirement requirements.lock
  touch "$folder/installed"
fi
# The processes may not write here.
"$folder/bin/python" -m compileall -q events platform tasks
ln -sfn "$folder" .venv
