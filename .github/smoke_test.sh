#!/usr/bin/env bash
# Post an event and wait until it has succeeded: smoke_test.sh ADDRESS; with API_KEY, under it.
set -euo pipefail

address=${1:?usage: smoke_test.sh ADDRESS}
headers=(-H 'Content-Type: application/json')
[[ -z ${API_KEY-} ]] || headers+=(-H "Authorization: Bearer $API_KEY")

ask() {
  curl --fail-with-body --silent --show-error --max-time 10 "${headers[@]}" "$@"
}

read_field() {
  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

answer=$(ask -d '{"event_type": "demo.echo", "payload": {"smoke": "test"}}' "$address/events")
event_id=$(read_field event_id <<< "$answer")
for _ in {1..60}; do
  answer=$(ask "$address/events/$event_id")
  status=$(read_field status <<< "$answer")
  [[ $status != succeeded ]] || { echo "Event $event_id succeeded."; exit 0; }
  sleep 1
done
echo "Event $event_id is $status after a minute." >&2
exit 1
