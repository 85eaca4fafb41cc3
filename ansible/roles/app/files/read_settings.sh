#!/usr/bin/env bash
# Prints the settings that SSM and the secrets hold as one JSON object: read_settings.sh NAME [database]
set -euo pipefail
name=$1 wants_database=${2:-}

parameters() { # FOLDER: a JSON object of what is below it
  aws ssm get-parameters-by-path --path "/$name/$1" --recursive --output json \
    --query 'Parameters[].[Name,Value]' | python3 -c '
import json, sys
print(json.dumps({name.rpartition("/")[2]: value for name, value in json.load(sys.stdin)}))'
}

secret() { # ARN [STAGE]
  aws secretsmanager get-secret-value --secret-id "$1" --version-stage "${2:-AWSCURRENT}" \
    --query SecretString --output text
}

settings=$(parameters environment)
sources=$(parameters sources)
source_of() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$sources" "$1"; }

SECRET_KEY=$(secret "$(source_of SECRET_KEY_ARN)")
# What the key before signed is good until the next rotation, and what hosts sign with the next one
# is good before it is this host's turn; mostly there is none.
SECRET_KEY_FALLBACKS=""
for stage in AWSPREVIOUS AWSPENDING; do
  if key=$(secret "$(source_of SECRET_KEY_ARN)" "$stage" 2>&1); then
    SECRET_KEY_FALLBACKS+="${SECRET_KEY_FALLBACKS:+,}$key"
  else
    # Any other failure would sign everybody out.
    [[ $key == *ResourceNotFoundException* ]] || { echo "$key" >&2; exit 1; }
  fi
done
DATABASE_SECRET_ARN="" DATABASE_ADDRESS=""
if [[ $wants_database == database ]]; then
  DATABASE_SECRET_ARN=$(source_of DATABASE_SECRET_ARN)
  DATABASE_ADDRESS=$(source_of DATABASE_ADDRESS)
fi
export SECRET_KEY SECRET_KEY_FALLBACKS DATABASE_SECRET_ARN DATABASE_ADDRESS

# By the environment: arguments are seen by everybody on the host.
python3 -c '
import json, os, sys
settings = json.loads(sys.argv[1])
for name in ("SECRET_KEY", "SECRET_KEY_FALLBACKS"):
    if os.environ[name]:
        settings[name] = os.environ[name]
if os.environ["DATABASE_SECRET_ARN"]:
    address = os.environ["DATABASE_ADDRESS"]
    # The password is in a file, which platform-database-password keeps current.
    settings["DATABASE_URL"] = f"postgresql://platform@{address}/platform?sslmode=require"
    settings["DATABASE_SECRET_ARN"] = os.environ["DATABASE_SECRET_ARN"]
    settings["PGPASSFILE"] = "/var/lib/platform/pgpass"
print(json.dumps(settings))' "$settings"
