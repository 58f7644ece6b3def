#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one case: a script whose standard output, with "exit N" behind it, must match line by line
# the globs of the file beside it; its working folder is its own and must be left as it was.
#
#   pm_cli_case.sh PACEMARK CASE.sh
#
# A case calls $PACEMARK and the functions below.
set -u
export PACEMARK=$1 LC_ALL=C
case_file=$(realpath "$2")
globs=${case_file%.sh}.stdout.glob

# refuses GLOB ARGUMENT...: exit 2 with one message that matches, on standard error alone, within a
# second and 64 MiB of heap, and nothing is written.
refuses() {
    local glob=$1 began ended code
    shift
    began=$(date +%s%N)
    (
        # Address space, the one limit that a shell has; a sanitizer reserves terabytes of it.
        [ -n "${PM_SANITIZED:-}" ] || ulimit -v 262144 -d 65536
        exec "$PACEMARK" "$@" >out 2>err </dev/null
    )
    code=$?
    ended=$(date +%s%N)
    [ $code -eq 2 ] || echo "exit $code instead of 2: $*"
    [ ! -s out ] || echo "standard output is not empty: $*"
    [ -n "${PM_SANITIZED:-}" ] || [ $((ended - began)) -lt 1000000000 ] || echo "slow: $*"
    [ "$(sed '/^Try \x60/,$d' err | wc -l)" = 1 ] || echo "not one message: $*: $(cat err)"
    # shellcheck disable=SC2053
    [[ $(head -n 1 err) == $glob ]] || echo "message: $* -> $(head -n 1 err)"
    rm -f out err
    [ -z "$(ls -A)" ] || echo "left behind by $*: $(ls -A)"
}
export -f refuses

matches() {
    local line glob number=0
    while IFS= read -r glob <&3; do
        number=$((number + 1))
        if ! IFS= read -r line; then
            echo "line $number: expected: $glob; the output ended"
            return 1
        fi
        # shellcheck disable=SC2053
        if [[ $line != $glob ]]; then
            echo "line $number: expected: $glob"
            echo "line $number: got:      $line"
            return 1
        fi
    done 3<"$globs"
    if IFS= read -r line; then
        echo "line $((number + 1)): not expected: $line"
        return 1
    fi
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/work"
(
    cd "$folder/work" && bash "$case_file" 2>"$folder/err"
    echo "exit $?"
) >"$folder/out"
if ! matches <"$folder/out"; then
    echo "--- standard output"
    cat "$folder/out"
    echo "--- standard error"
    cat "$folder/err"
    exit 1
fi
