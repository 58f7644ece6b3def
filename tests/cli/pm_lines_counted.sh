#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The lines that explain prints are those that the compiler's preprocessor leaves of the files.
# Usage: pm_lines_counted.sh PACEMARK SOURCE; 77 without gcc.
set -eu
cd "$2"
command -v gcc > /dev/null || exit 77

lines_of() { gcc -fpreprocessed -dD -E -P "$@" | grep -c .; }

says=$("$1" explain log-etl --json)
client=engines/client
own=$(lines_of $client/pm_client_log_etl.c)
shared=$(($(lines_of $client/pm_client_loop.c) + $(lines_of $client/pm_client_row.c) + \
    $(lines_of $client/pm_client.c)))
plan=$(lines_of workloads/queries/pm_query_log_etl.c)
grep -q "\"hand_lines\": $own, \"shared_lines\": $shared}" <<< "$says"
grep -q "\"plan_lines\": $plan," <<< "$says"
