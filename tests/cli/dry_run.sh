# A dry run prints a scenario that gives the same dry run again, and starts nothing.
$PACEMARK run spend --variant quick --set rate=20k --dry-run | tee ../first.yaml | head -n 2
grep -E '^(rate|microbatch.trigger|variant): ' ../first.yaml
$PACEMARK run ../first.yaml --dry-run | cmp - ../first.yaml && echo same
ls -A
