#!/usr/bin/env bash
# Releases: one file each, with code, wheels, static files and playbooks.
#   release.sh build [FOLDER]           RELEASE.tar.gz and its sum, from what is committed
#   release.sh upload FILE BUCKET       into the bucket that hosts fetch from
#   release.sh promote RELEASE NAME     what hosts of the environment NAME run from their next start on
#   release.sh roll_out RELEASE NAME [CHECK ...]   the same, its hosts replaced, and back if that or CHECK fails
set -euo pipefail
# Or what fails in $(...) would go unnoticed.
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-.venv/bin/python}
[[ $PYTHON == /* ]] || PYTHON=$PWD/$PYTHON
# What hosts are: Debian 12.
PYTHON_VERSION=3.11
GLIBC=36
# The API's hosts are replaced first: they migrate.
KINDS=(api worker monitoring)
# How long a group may take to replace its hosts: half an hour.
POLL_SECONDS=${POLL_SECONDS:-15} POLLS=${POLLS:-120}
# And how long AWS to give up what took longer.
CANCEL_POLLS=20

die() { echo "release: $*" >&2; exit 2; }

build() {
  local folder=${1:-.local/releases} release stage wheels
  [[ -z $(git status --porcelain --untracked-files=no) ]] || die "commit first: a release is what is committed."
  release=$(git describe --always --tags)
  wheels=$(fetch_wheels)
  mkdir -p "$folder"
  stage=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$stage'" EXIT
  git archive HEAD ansible events monitoring platform tasks ':(glob)*.py' LICENSE requirements.txt requirements.lock |
    tar -x -C "$stage"
  cp ansible/roles/app/files/install.sh "$stage/"
  echo "VERSION=$release" > "$stage/release.env"
  cp -r "$wheels" "$stage/wheels"
  collect_static "$stage"
  # The same commit makes the same bytes: nothing tells who packed it, or when.
  tar --sort=name --mtime="@$(git log -1 --format=%ct)" --owner=0 --group=0 --numeric-owner \
    --mode=u+rwX,go+rX,go-w -c -C "$stage" . | gzip -n > "$folder/$release.tar.gz"
  (cd "$folder" && sha256sum "$release.tar.gz" > "$release.tar.gz.sha256")
  echo "$folder/$release.tar.gz"
}

# Prints the folder with the lock file's wheels; the same lock has the same ones.
fetch_wheels() {
  local folder platforms=() minor
  folder=.local/wheels/$(sha256sum < requirements.lock | cut -c1-16)
  if [[ ! -d $folder ]]; then
    for minor in $(seq "$GLIBC" -1 5); do platforms+=(--platform "manylinux_2_${minor}_x86_64"); done
    rm -rf "$folder.new"
    "$PYTHON" -m pip download --quiet --disable-pip-version-check --dest "$folder.new" --no-deps --require-hashes \
      --only-binary :all: --implementation cp --python-version "$PYTHON_VERSION" \
      "${platforms[@]}" --platform manylinux2014_x86_64 --platform manylinux1_x86_64 --requirement requirements.lock >&2
    mv "$folder.new" "$folder"
  fi
  echo "$folder"
}

collect_static() {
  # Settings that nobody uses: production has no defaults for them.
  (cd "$1" && env -i PATH="$PATH" PYTHONPATH="$1:$1/platform" ENVIRONMENT=production \
    SECRET_KEY="$(printf '%060d' 0)" ALLOWED_HOSTS=localhost AWS_REGION=us-east-1 \
    QUEUE_URL_PREFIX=https://localhost DATABASE_URL=sqlite:////nonexistent PYTHONDONTWRITEBYTECODE=1 \
    "$PYTHON" manage.py collectstatic --noinput --verbosity 0)
}

upload() {
  local file=${1:?FILE is missing} bucket=${2:?BUCKET is missing}
  (cd "$(dirname "$file")" && sha256sum --check --strict --quiet "$(basename "$file").sha256") ||
    die "$file is not what its sum says."
  aws s3 cp --only-show-errors "$file" "s3://$bucket/"
  aws s3 cp --only-show-errors "$file.sha256" "s3://$bucket/"
  echo "s3://$bucket/$(basename "$file")"
}

promote() {
  aws ssm put-parameter --name "/${2:?NAME is missing}/release" --value "${1:?RELEASE is missing}" --overwrite > /dev/null
  echo "$2 runs $1 from the next start of its hosts on"
}

roll_out() {
  local release=${1:?RELEASE is missing} name=${2:?NAME is missing} former kind left=''
  shift 2
  former=$(aws ssm get-parameter --name "/$name/release" --query Parameter.Value --output text)
  # What Terraform or somebody else has begun ends before: AWS replaces a group's hosts once at a time.
  for kind in "${KINDS[@]}"; do await_group "$name-$kind" || die "$name-$kind is being replaced already."; done
  promote "$release" "$name"
  if replace_hosts "$name" && "${@:-true}"; then
    echo "$name runs $release"
    return
  fi
  [[ $former != none && $former != "$release" ]] || die "$release failed, and there is no release to go back to."
  echo "release: $release failed, going back to $former" >&2
  promote "$former" "$name" >&2
  for kind in "${KINDS[@]}"; do replace_group "$name" "$kind" >&2 || left+=" $name-$kind"; done
  [[ -z $left ]] || die "hosts not brought back to $former:$left; see why they do not configure themselves."
  die "$release failed, $name runs $former again."
}

replace_hosts() {
  local kind
  for kind in "${KINDS[@]}"; do replace_group "$1" "$kind" || return 1; done
}

replace_group() {
  local group=$1-$2 preferences=MinHealthyPercentage=100,MaxHealthyPercentage=150 refresh status polls
  # Prometheus's disk is in one place at a time.
  [[ $2 != monitoring ]] || preferences=MinHealthyPercentage=0
  await_group "$group" || return 1
  refresh=$(aws autoscaling start-instance-refresh --auto-scaling-group-name "$group" \
    --preferences "$preferences" --query InstanceRefreshId --output text) || return 1
  for ((polls = 0; polls < POLLS + CANCEL_POLLS; polls++)); do
    status=$(refresh_status "$group" --instance-refresh-ids "$refresh")
    case $status in
      Successful) echo "$group: hosts replaced"; return ;;
      Failed | Cancelled | RollbackSuccessful | RollbackFailed) break ;;
    esac
    ((polls != POLLS)) || aws autoscaling cancel-instance-refresh --auto-scaling-group-name "$group" > /dev/null || true
    sleep "$POLL_SECONDS"
  done
  echo "release: hosts of $group: $status" >&2
  return 1
}

await_group() {
  local polls
  for ((polls = 0; polls < POLLS; polls++)); do
    case $(refresh_status "$1") in
      Pending | InProgress | Baking | Cancelling | RollbackInProgress | unknown) sleep "$POLL_SECONDS" ;;
      *) return ;;
    esac
  done
  return 1
}

# Of the last refresh, or of the one that is named; an answer that is lost is asked for again.
refresh_status() {
  aws autoscaling describe-instance-refreshes --auto-scaling-group-name "$@" --no-paginate \
    --query 'InstanceRefreshes[0].Status' --output text || echo unknown
}

case ${1:-} in
  build | upload | promote | roll_out) "$@" ;;
  *) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
