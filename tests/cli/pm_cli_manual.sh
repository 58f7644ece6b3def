#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual page: roff takes it without a warning, and it has every command, flag, setting, exit
# code and environment variable that there is.
#
#   pm_cli_manual.sh PACEMARK SOURCE
set -u
pacemark=$1 source=$2
export LC_ALL=C
command -v groff >/dev/null || { echo "groff is not installed: the page is not read" && exit 77; }
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
page=$folder/page failed=0

"$pacemark" man >"$page.1" || exit 1
groff -man -Tascii -P-cbou -rLL=300n -ww "$page.1" >"$page" 2>"$folder/warnings"
[ ! -s "$folder/warnings" ] || { cat "$folder/warnings" && failed=1; }

# Each line of standard input stands as a word in the page.
in_page() { # WHAT
    local name count=0
    while IFS= read -r name; do
        count=$((count + 1))
        grep -qE -- "(^|[ ,])${name//./\\.}([ =,.]|\$)" "$page" || { echo "no $1 $name: see pm_manual.c" && failed=1; }
    done
    [ $count -gt 3 ] || { echo "only $count of $1" && failed=1; }
}

commands=$("$pacemark" | sed -n '/^All commands/,/^$/s/^  \([a-z]*\) .*/\1/p')
in_page command < <(printf 'pacemark %s\n' $commands)
in_page flag < <(for command in $commands; do
    "$pacemark" "$command" --help | grep -oE -- '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*' |
        grep -vE -- '^--usage$'
done | sort -u)
in_page setting < <("$pacemark" list options | cut -d' ' -f1)
in_page engine < <("$pacemark" list engines | cut -d' ' -f1)
in_page variable < <(cd "$source" && grep -rhoE --include='*.c' 'getenv\("[A-Z_]+"\)' engines workloads \
    harness | grep -oE '[A-Z_]{3,}' | sort -u)

diff <(sed -n 's/^| \([0-9][0-9]*\) | \(.*\) |$/\1 \2/p' "$source/README.md") \
    <(sed -n '/^EXIT STATUS/,/^ENVIRONMENT/s/^ *\([0-9][0-9]*\)  *\(.*\)$/\1 \2/p' "$page") ||
    { echo "exit codes: README.md says one thing and the page another" && failed=1; }
exit $failed
