# A trace of a file a stream: clicks with the profiles of their time, carts without a purchase.
cat > clicks.csv <<'CSV'
at,who,id,page
2024-01-01 10:00:00,ann,1,7
2024-01-01 10:00:05,bo,2,8
2024-01-01 10:00:09,ann,4,9
2024-01-01 10:00:07,ann,3,9
2024-01-01 10:00:20,ann,5,x
2024-01-01 10:00:30,bo,6,7
CSV
cat > users.csv <<'CSV'
since;name;tier;credit
2024-01-01T09:00:00Z;ann;silver;10.50
2024-01-01T10:00:08Z;ann;gold;99
2024-01-01T10:00:30Z;bo;basic;1
2024-01-01T10:00:31Z;bo;lead;1
CSV
cat > clicks.yaml <<'YAML'
stream: clicks
fields:
  time: {column: at}
  user: {column: who, hash: yes}
  click: {column: id}
  page: {column: page}
YAML
cat > users.yaml <<'YAML'
stream: profiles
separator: ";"
fields:
  time: {column: since}
  user: {column: name, hash: yes}
  tier: {column: tier}
  credit: {column: credit}
YAML
traces='--trace clicks.csv --map clicks.yaml --trace users.csv --map users.yaml'
run() { $PACEMARK run enrich -e event,microbatch,batch --runs 1 --set watermark.delay=2s -o results "$@"; }
run $traces --pace max | grep '^  - trace'
for engine in event microbatch batch; do
    sort results/latest/$engine.enriched.csv | md5sum
done | uniq
sort results/latest/event.enriched.csv
cat results/latest/trace.dead-letters.csv
$PACEMARK verify enrich --seeds 1 --set watermark.delay=2s --set schedule=trace \
    --set trace=clicks.csv --set trace-map=clicks.yaml --set trace-2=users.csv \
    --set trace-map-2=users.yaml
$PACEMARK verify enrich -e event --seeds 1 --set schedule=trace --set trace=clicks.csv \
    --set trace-map=clicks.yaml --set watermark.delay=2s # no user is known
run $traces --trace clicks.csv 2>&1
run --trace clicks.csv --map clicks.yaml --map users.yaml 2>&1
sed -i s/who/nobody/ clicks.yaml
run $traces 2>&1
rm -r clicks.* users.* results
