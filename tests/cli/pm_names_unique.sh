#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No two files of the tree share a name, so that an include can mean one file only; 77 without git.
#
#   pm_names_unique.sh SOURCE
set -u
cd "$1" || exit 1
if ! files=$(git ls-files 2>/dev/null) || [ -z "$files" ]; then
    echo "skipped: the source is no git checkout"
    exit 77
fi
twice=$(sed 's|.*/||' <<<"$files" | grep -vxE 'CMakeLists.txt|README.md' | sort | uniq -d)
[ -z "$twice" ] && exit 0
while read -r name; do
    grep -E "(^|/)$(sed 's/[.]/[.]/g' <<<"$name")\$" <<<"$files"
done <<<"$twice"
exit 1
