# Same seed, same bytes, to a file or to standard output; -n counts lines of text.
$PACEMARK generate route -n 1000 --seed 7 -o a.json && $PACEMARK generate route -n 1000 --seed 7 | cmp - a.json && echo same
$PACEMARK generate route -n 1000 --seed 8 | cmp -s - a.json || echo different
wc -l <a.json
$PACEMARK generate spend -n 10 | wc -c
$PACEMARK generate spend -n 2 --form json
$PACEMARK generate log-etl -n 1 --set malformed.one-in=0
$PACEMARK generate route -n 10 -o a.json 2>&1
$PACEMARK generate route -n 3M --quiet 2>err | head -n 1 | wc -l
cat err
$PACEMARK generate route -n 3000000 >/dev/full 2>err
echo $?
cat err
rm a.json err
