#!/usr/bin/env bash
# Makes a new SECRET_KEY; Secrets Manager keeps the old one: rotate_secret_key.sh NAME
set -euo pipefail
name=$1
arn=$(aws ssm get-parameter --name "/$name/sources/SECRET_KEY_ARN" --query Parameter.Value --output text)
file=$(mktemp)
trap 'rm -f "$file"' EXIT
# By a file: arguments are seen by everybody on the machine.
openssl rand -hex 32 | tr -d '\n' > "$file"
aws secretsmanager put-secret-value --secret-id "$arn" --secret-string "file://$file" > /dev/null
echo "the secret key of $name is renewed"
