# A file is looked at, a mapping guessed, ten rows shown as they are read, its disorder measured.
printf 'when;name;price\n1/2/2024 10:00;ann;1,5\n' >odd.csv
printf 'when;name;price\n1/2/2024 10:00;ann;1.5\n1/2/2024 10:03;bo;2\n1/2/2024 10:01;ann;x\n1/2/2024 10:01;ann;3\n' |
    $PACEMARK trace inspect - | tee map.yaml
printf '{"ts":1704067200000,"user":{"name":"a"},"amount":1}\n' >lines.jsonl
$PACEMARK trace inspect lines.jsonl | head -n 8 | tail -n 5
$PACEMARK generate log-etl -n 3 -o access.log
$PACEMARK trace inspect access.log | head -n 1
grep -v '^#' map.yaml >own.yaml
$PACEMARK trace inspect odd.csv --map own.yaml 2>&1 | tail -n 1
printf 'when,user,ad\n2024-01-01T00:00:00Z,ann,hats\n' |
    $PACEMARK trace inspect - --for attribution --stream clicks | grep 'no column'
echo 'a,b' | $PACEMARK trace inspect - 2>&1
rm odd.csv map.yaml own.yaml lines.jsonl access.log
