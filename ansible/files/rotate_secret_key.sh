#!/usr/bin/env bash
# A new SECRET_KEY in Secrets Manager, in two steps, so that no host signs with what another refuses:
#   rotate_secret_key.sh announce NAME   makes it, or finds the one of a rotation that was cut off
#   rotate_secret_key.sh adopt NAME      signs with it from now on; the old one stays good
set -euo pipefail
shopt -s inherit_errexit
step=$1 name=$2
arn=$(aws ssm get-parameter --name "/$name/sources/SECRET_KEY_ARN" --query Parameter.Value --output text)

version_of() { # STAGE: an id, or None
  aws secretsmanager list-secret-version-ids --secret-id "$arn" --output text \
    --query "Versions[?contains(VersionStages, '$1')].VersionId | [0]"
}

announce() {
  local file pending
  pending=$(version_of AWSPENDING)
  if [[ $pending != None && $pending != "$(version_of AWSCURRENT)" ]]; then
    echo "a secret key of $name is announced already"
    return
  fi
  file=$(mktemp)
  # shellcheck disable=SC2064  # the file of now
  trap "rm -f '$file'" EXIT
  # By a file: arguments are seen by everybody on the machine.
  openssl rand -hex 32 | tr -d '\n' > "$file"
  aws secretsmanager put-secret-value --secret-id "$arn" --version-stages AWSPENDING \
    --secret-string "file://$file" > /dev/null
  echo "a new secret key of $name is announced"
}

adopt() {
  local current pending
  pending=$(version_of AWSPENDING) current=$(version_of AWSCURRENT)
  # The one before becomes AWSPREVIOUS by itself.
  aws secretsmanager update-secret-version-stage --secret-id "$arn" --version-stage AWSCURRENT \
    --move-to-version-id "$pending" --remove-from-version-id "$current" > /dev/null
  if [[ $(version_of AWSPENDING) != None ]]; then
    aws secretsmanager update-secret-version-stage --secret-id "$arn" --version-stage AWSPENDING \
      --remove-from-version-id "$pending" > /dev/null
  fi
  echo "the secret key of $name is renewed"
}

case $step in
  announce | adopt) "$step" ;;
  *) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
