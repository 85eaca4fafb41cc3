#!/usr/bin/env bash
# Fetches a release from its bucket: fetch_release.sh s3://BUCKET RELEASE ROOT
set -euo pipefail
source=$1 release=$2 root=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
aws s3 cp --only-show-errors "$source/$release.tar.gz" "$folder/"
aws s3 cp --only-show-errors "$source/$release.tar.gz.sha256" "$folder/"
(cd "$folder" && sha256sum --check --strict --quiet "$release.tar.gz.sha256")
mkdir "$folder/release"
tar -xzf "$folder/$release.tar.gz" -C "$folder/release" --no-same-owner
mkdir -p "$root/releases"
# Whole or not at all.
rm -rf "$root/releases/$release" "$root/releases/$release.new"
cp -a "$folder/release" "$root/releases/$release.new"
chmod 0755 "$root/releases/$release.new"
mv "$root/releases/$release.new" "$root/releases/$release"
