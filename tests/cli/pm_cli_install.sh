#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` leaves behind works from anywhere: it has its own scenarios and looks for
# none in the source tree, runs, draws, and the manual and completion lie where they are looked for.
#
#   pm_cli_install.sh CMAKE BUILD
set -u
cmake=$1 build=$2
export LC_ALL=C
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
unset PACEMARK_SCENARIOS
failed=0
wrong() { echo "$*" && failed=1; }

DESTDIR=$folder/image "$cmake" --install "$build" --prefix /opt/pm >"$folder/log" 2>&1 ||
    { cat "$folder/log" && exit 1; }
mv "$folder/image/opt/pm" "$folder/moved" # the place is found at each start, not built in
share=$folder/moved/share
mkdir "$folder/elsewhere" && cd "$folder/elsewhere" || exit 1
ln -s "$folder/moved/bin/pacemark" pacemark

[ "$(./pacemark list scenarios | wc -l)" = "$(ls "$share"/pacemark/scenarios | wc -l)" ] ||
    wrong "the list differs from the installed scenarios"
rm "$share/pacemark/scenarios/spend.yaml"
./pacemark explain spend >/dev/null 2>&1 && wrong "a scenario of the source tree is found"
./pacemark run route --variant quick --runs 1 --rate 2k/s --duration 200ms -e event \
    --set wait=nap -q >out 2>err
case $? in
0 | 4) ;; # a busy machine may keep no schedule; what is looked at here is there all the same
*) wrong "run: $(cat err)" ;;
esac
grep -q '^  event ' out || wrong "no row of the engine"
grep -qF "\"commit\": \"$(./pacemark --version --json | sed -n 's/^ "commit": "\(.*\)",$/\1/p')\"" \
    results/latest/result.json || wrong "no result, or not of this commit"
if command -v gnuplot >/dev/null; then
    ls results/latest/*.svg >/dev/null || wrong "no picture"
fi
for file in man/man1/pacemark.1 bash-completion/completions/pacemark zsh/site-functions/_pacemark \
    fish/vendor_completions.d/pacemark.fish doc/pacemark/LICENSE; do
    [ -s "$share/$file" ] || wrong "$file is not installed"
done
exit $failed
