# shellcheck shell=bash
# Makes a new host what it is to be: fetches the current release and runs its playbook here.
# The lines before set HOST_KIND, PLATFORM_NAME, RELEASE_BUCKET, and VOLUME_ID if there is a disk.
# Whatever fails ends in ABANDON: the group terminates this host and starts another.
set -euo pipefail

METADATA=http://169.254.169.254/latest
GROUP="$PLATFORM_NAME-$HOST_KIND"

say() { echo "configure: $*"; }

metadata() {
  local token
  token=$(curl -fsS --retry 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$METADATA/api/token")
  curl -fsS --retry 5 -H "X-aws-ec2-metadata-token: $token" "$METADATA/meta-data/$1"
}

finish() {
  # Run again by hand, outside the hook, there is nobody to tell.
  aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" \
    --lifecycle-hook-name configure --instance-id "$INSTANCE_ID" \
    --lifecycle-action-result "$1" || say "told nobody: $1"
}

on_exit() {
  local status=$?
  if ((status)); then
    finish ABANDON
    say "$STEP failed with $status: what it said is above, and this host is given up"
  fi
}

# So that the last line can name it. Never behind `if` or `||`: what fails in it would go on.
step() {
  STEP=$1
  "$@"
}

# amazon-ec2-utils gives NVMe disks the names that they were attached by.
install_tools() {
  export DEBIAN_FRONTEND=noninteractive
  # Debian's own updates may have begun, and hold the lock.
  apt-get update -q -o DPkg::Lock::Timeout=300
  apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 amazon-ec2-utils awscli ca-certificates python3-venv
}

# The network lets no NTP out; Amazon's own clock is in reach of every host.
set_clock() {
  mkdir -p /etc/systemd/timesyncd.conf.d
  printf '[Time]\nNTP=169.254.169.123\n' > /etc/systemd/timesyncd.conf.d/amazon.conf
}

# A host that failed can then be looked at; one without the agent still works.
install_agent() {
  local package=/tmp/amazon-ssm-agent.deb
  local source="https://s3.$AWS_REGION.amazonaws.com/amazon-ssm-$AWS_REGION/latest/debian_amd64"
  if ! { curl -fsS --connect-timeout 10 --retry 3 -o "$package" "$source/amazon-ssm-agent.deb" && dpkg -i "$package"; }; then
    say "no Session Manager on this host"
  fi
}

attach_disk() {
  local attempt
  # The last host may still hold it.
  for attempt in $(seq 60); do
    aws ec2 attach-volume --volume-id "$VOLUME_ID" --instance-id "$INSTANCE_ID" --device /dev/sdf &&
      return
    say "the disk is not free yet ($attempt)"
    sleep 5
  done
  return 1
}

fetch_release() {
  RELEASE=$(aws ssm get-parameter --name "/$PLATFORM_NAME/release" --query Parameter.Value --output text)
  if [[ $RELEASE == none ]]; then
    say "no release is promoted yet: ansible/release.sh promote RELEASE $PLATFORM_NAME"
    return 1
  fi
  FOLDER="/opt/platform/releases/$RELEASE"
  local file="/tmp/$RELEASE.tar.gz"
  aws s3 cp --only-show-errors "s3://$RELEASE_BUCKET/$RELEASE.tar.gz" "$file"
  aws s3 cp --only-show-errors "s3://$RELEASE_BUCKET/$RELEASE.tar.gz.sha256" "$file.sha256"
  (cd /tmp && sha256sum --check --strict "$file.sha256")
  mkdir -p "$FOLDER"
  tar -xzf "$file" -C "$FOLDER"
  rm "$file" "$file.sha256"
}

run_playbook() {
  python3 -m venv /opt/platform/ansible
  /opt/platform/ansible/bin/pip install -q -r "$FOLDER/ansible/requirements.txt"
  cd "$FOLDER/ansible"
  # The playbook ends when the host serves, or fails: see README.md beside this script.
  /opt/platform/ansible/bin/ansible-playbook --connection=local --inventory=localhost, \
    --extra-vars "host_kind=$HOST_KIND platform_name=$PLATFORM_NAME" \
    --extra-vars "platform_release=$RELEASE aws_region=$AWS_REGION" host.yml
}

INSTANCE_ID=$(metadata instance-id)
AWS_REGION=$(metadata placement/region)
export AWS_REGION AWS_DEFAULT_REGION="$AWS_REGION"
STEP=configure
trap on_exit EXIT
step install_tools
step set_clock
step install_agent
if [[ -n "${VOLUME_ID:-}" ]]; then step attach_disk; fi
step fetch_release
step run_playbook
finish CONTINUE
say "this host serves as $HOST_KIND, release $RELEASE"
