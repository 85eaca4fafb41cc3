#!/usr/bin/env bash
# Writes the database's current password to PGPASSFILE, where libpq looks for each new session.
# RDS changes it every week; DATABASE_SECRET_ARN is the secret that RDS then writes.
set -euo pipefail
DATABASE_SECRET=$(aws secretsmanager get-secret-value --secret-id "$DATABASE_SECRET_ARN" \
  --query SecretString --output text)
export DATABASE_SECRET
umask 077
new=$(mktemp "$PGPASSFILE.XXXXXX")
trap 'rm -f "$new"' EXIT
# By the environment: arguments are seen by everybody on the host.
python3 -c '
import json, os
secret = json.loads(os.environ["DATABASE_SECRET"])
user, password = (secret[name].replace("\\", r"\\").replace(":", r"\:") for name in ("username", "password"))
print(f"*:*:*:{user}:{password}")' > "$new"
if ! cmp --silent "$new" "$PGPASSFILE"; then
  mv "$new" "$PGPASSFILE"
  echo "the database's password has changed"
fi
