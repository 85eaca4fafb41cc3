#!/usr/bin/env bash
# Releases: one file each, with code, wheels, static files and playbooks.
#   release.sh build [FOLDER]           RELEASE.tar.gz and its sum, from what is committed
#   release.sh upload FILE BUCKET       into the bucket that hosts fetch from
#   release.sh promote RELEASE NAME     what hosts of the environment NAME run from their next start on
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-.venv/bin/python}
[[ $PYTHON == /* ]] || PYTHON=$PWD/$PYTHON
# What hosts are: Debian 12.
PYTHON_VERSION=3.11
GLIBC=36

die() { echo "release: $*" >&2; exit 2; }

build() {
  local folder=${1:-.local/releases} release stage
  [[ -z $(git status --porcelain --untracked-files=no) ]] || die "commit first: a release is what is committed."
  release=$(git describe --always --tags)
  mkdir -p "$folder"
  stage=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$stage'" EXIT
  git archive HEAD ansible events monitoring platform tasks manage.py LICENSE requirements.txt requirements.lock |
    tar -x -C "$stage"
  cp ansible/roles/app/files/install.sh "$stage/"
  echo "VERSION=$release" > "$stage/release.env"
  cp -r "$(fetch_wheels)" "$stage/wheels"
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

case ${1:-} in
  build | upload | promote) "$@" ;;
  *) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
