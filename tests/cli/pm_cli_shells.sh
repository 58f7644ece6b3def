#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion in zsh and fish: what each would offer at the end of a line.
#
#   pm_cli_shells.sh zsh|fish PACEMARK SOURCE
set -u
shell=$1 pacemark=$2 script=$(realpath "$3")/harness/cli/pacemark.$1
command -v "$shell" >/dev/null || { echo "$shell is not installed" && exit 77; }
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C HOME=$folder PATH=$folder:$PATH
ln -s "$(realpath "$pacemark")" "$folder/pacemark"
cd "$folder" && : >run.csv

offers_of_fish() { # LINE
    fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$script" "$1" | cut -f1
}

# The function with zsh's state set by hand, and its two ways out standing in for the builtins.
offers_of_zsh() { # LINE
    zsh -f -c '
        source $1
        compadd() { print -rl -- "${@[(r)--,-1][2,-1]}" | grep . }
        _files() { print -rl -- $PREFIX* }
        words=("${(@s: :)2}") CURRENT=$#words PREFIX=$words[-1]
        _pacemark' zsh "$script" "$1"
}

failed=0
offers() { # LINE WORD...
    local line=$1 got
    shift
    got=$("offers_of_$shell" "$line" | sort | tr '\n' ' ')
    [ "$got" = "${*:+$* }" ] || { echo "$line: expected $*, got $got" && failed=1; }
}
offers 'pacemark ex' explain
offers 'pacemark run s' sessions spend
offers 'pacemark run spend -e event,mi' event,microbatch
offers 'pacemark run spend --set watermark' watermark.delay=
offers 'pacemark generate --form=n' --form=native
offers 'pacemark list o' operators options
offers 'pacemark run fraud --variant q' quick
offers 'pacemark trace inspect run.c' run.csv
exit $failed
