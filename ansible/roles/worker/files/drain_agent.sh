#!/usr/bin/env bash
# Waits until the group wants this host gone, stops the workers, and lets the host go.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
set -euo pipefail
METADATA=${METADATA:-http://169.254.169.254/latest}
POLL_SECONDS=${POLL_SECONDS:-5}

metadata() {
  local token
  token=$(curl -fsS --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$METADATA/api/token") || return
  curl -fsS --max-time 5 -H "X-aws-ec2-metadata-token: $token" "$METADATA/meta-data/$1"
}

# Nobody has asked for it before the group has taken the host in: the service answers 404 then.
until [[ $(metadata autoscaling/target-lifecycle-state || true) == Terminated ]]; do
  sleep "$POLL_SECONDS"
done
echo "this host is to end: its workers stop"
# The target alone would be stopped at once, while its workers still finish their handlers.
systemctl stop platform-workers.target 'platform-worker@*.service'
INSTANCE_ID=$(metadata instance-id)
until aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" \
  --lifecycle-hook-name drain --instance-id "$INSTANCE_ID" --lifecycle-action-result CONTINUE; do
  sleep "$POLL_SECONDS"
done
echo "the group was told that this host may end"
