#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every engine over a real web server's log, where one lies beside the checkout; 77 without one.
#
#   pm_cli_real_log.sh PACEMARK SOURCE
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
log=$(ls "$2"/../*/data/apache_access.log 2>/dev/null | head -n 1)
if [ -z "$log" ]; then
    echo "skipped: no data/apache_access.log in a folder beside the checkout"
    exit 77
fi
mkdir "$folder/results"
if ! "$1" run log-etl --trace "$log" --pace max --runs 1 -o "$folder/results" >"$folder/table"; then
    cat "$folder/table"
    exit 1
fi
grep -E '^  - ([0-9]+ inputs|dead letter)' "$folder/table"
lines=$(wc -l <"$log")
[ "$(grep -c ' equal$' "$folder/table")" = 4 ] &&
    grep -q "^  - $lines inputs = .* + 1 dead letters (every engine)" "$folder/table" &&
    grep -q '^  - dead letter: line 8899: malformed: ' "$folder/table" && exit 0
cat "$folder/table"
exit 1
