#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The checks of outputs that workloads/README.md shows, as they stand there: each prints one digest,
# which the sentence behind it names. One whose file is not on this machine is left out.
#
#   pm_cli_docs.sh PACEMARK SOURCE
set -u
pacemark=$(realpath "$1")
readme=$(realpath "$2")/workloads/README.md
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" && mkdir bin && ln -s "$pacemark" bin/pacemark && export PATH=$folder/bin:$PATH LC_ALL=C

# Blocks of shell in files of their own, and beside each the digest that follows it.
awk '/^```sh/ { inside = 1; n++; next }
     /^```/ { inside = 0 }
     inside { print > ("block." n) }
     !inside && n && match($0, /`[0-9a-f]+`/) && RLENGTH == 34 {
         print substr($0, RSTART + 1, 32) > ("digest." n)
     }
' "$readme"
ran=0
for digest in digest.*; do
    block=block.${digest#digest.}
    file=$(sed -n 's/^csv=//p' "$block")
    if [ -n "$file" ] && ! { [ -e "$file" ] && command -v sqlite3 >/dev/null; }; then
        echo "left out: no sqlite3 or no $file"
        continue
    fi
    bash -eu "$block" >out 2>err
    if [ "$(grep -cE '^[0-9a-f]{32}  -$' out)" != 4 ] ||
        [ "$(grep -E '^[0-9a-f]{32}  -$' out | sort -u)" != "$(cat "$digest")  -" ]; then
        echo "block ${digest#digest.} does not print $(cat "$digest") four times:"
        cat out err
        exit 1
    fi
    ran=$((ran + 1))
done
echo "$ran checks"
[ "$ran" -gt 0 ]
