# Each line begins with ok or warn; warnings change nothing about the exit code.
$PACEMARK doctor >out
code=$?
grep -vE '^(ok|warn) |^ +-> |^$|^[0-9]+ of these can bend|^This machine is fit' out
grep -cE '^(ok|warn) ' out
$PACEMARK doctor --json | grep -c '"status"'
rm out
exit $code
