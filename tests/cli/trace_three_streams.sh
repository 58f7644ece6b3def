# Joins and patterns over files of a person's own: a key of two columns, JSON beside CSV, three streams.
cat > shown.csv <<'CSV'
time,user,ad,cost
2024-01-01 10:00:00,1,7,0.50
2024-01-01 10:01:00,2,7,0.25
2024-01-01 10:02:00,1,8,1.00
CSV
printf '{"at":%s,"u":%s,"ad":%s}\n' 1704103500 1 7 1704103800 2 7 1704103800 1 7 >clicked.jsonl
cat > shown.yaml <<'YAML'
stream: impressions
fields:
  time: {column: time}
  pair: {columns: [user, ad], hash: yes}
  impression: {column: "*line"}
  user: {column: user}
  ad: {column: ad}
  cost: {column: cost}
YAML
cat > clicked.yaml <<'YAML'
stream: clicks
format: json
fields:
  time: {column: at, unit: s}
  pair: {columns: [u, ad], hash: yes}
  click: {column: "*line"}
  user: {column: u}
  ad: {column: ad}
YAML
check() { $PACEMARK verify "$@" --seeds 1 --set schedule=trace; }
check attribution --set trace=shown.csv --set trace-map=shown.yaml --set trace-2=clicked.jsonl \
    --set trace-map-2=clicked.yaml
$PACEMARK run attribution -e event --runs 1 --pace max --trace clicked.jsonl --map clicked.yaml \
    --trace shown.csv --map shown.yaml -o results >out
tail -qn +2 results/latest/event.*.csv | sort
for stream in logins purchases carts; do
    $PACEMARK trace inspect - --for abandonment --stream $stream <<'CSV' | grep -v '^#' >$stream.yaml
time,user,session,amount,value,items
2024-01-01 10:00:00,ann,1,5.00,20.00,2
CSV
done
printf 'time,user,session\n2024-01-01 10:00:00,ann,1\n2024-01-01 10:00:00,bo,2\n' >logins.csv
printf 'time,user,amount\n2024-01-01 10:05:00,ann,5\n2024-01-01 10:05:00,bo,6\n2024-01-01 10:25:00,bo,7\n' >purchases.csv
printf 'time,user,value,items\n2024-01-01 10:20:00,ann,20,2\n2024-01-01 10:20:00,bo,30,1\n' >carts.csv
check abandonment --set trace=carts.csv --set trace-map=carts.yaml --set trace-2=logins.csv \
    --set trace-map-2=logins.yaml --set trace-3=purchases.csv --set trace-map-3=purchases.yaml
$PACEMARK run abandonment -e microbatch --runs 1 --pace max --trace logins.csv --map logins.yaml \
    --trace carts.csv --map carts.yaml --trace purchases.csv --map purchases.yaml -o results >out
cat results/latest/microbatch.*.csv
rm -r results out *.csv *.yaml *.jsonl
