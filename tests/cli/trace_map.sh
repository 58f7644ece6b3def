# A trace of CSV through a mapping: every row is accounted for, and the rows that come out are files.
cat > payments.csv <<'CSV'
paid_at,customer,total,state
2024-01-01 00:00:01,=ann,12.34,paid
2024-01-01 00:00:02,"bo, jr",5,paid
2024-01-01 00:00:02,carol,x,paid
2024-01-01 00:00:03,"dave
multi",7.50,open
2024-01-01 00:06:03,=ann,1,paid
CSV
cat > map.yaml <<'YAML'
fields:
  time: {column: paid_at}
  user: {column: customer, hash: yes}
  amount: {column: total}
filters:
  settled: {column: state, is: [paid, shipped]}
YAML
run() { $PACEMARK run spend -e event --runs 1 --map map.yaml "$@" 2>&1 | grep -E '^(  - |pacemark: )trace'; }
run --trace payments.csv --pace 600x -o results
sort results/latest/event.spend.csv
cat results/latest/trace.dead-letters.csv
tr -d ' \n' <results/latest/result.json | grep -o '"trace_files":[^]]*]'
gzip -k payments.csv
run --trace payments.csv.gz --pace max --set rows=json -o results
sort results/latest/event.spend.jsonl
sed -i s/customer/client/ map.yaml
run --trace payments.csv
# The end of a window of 2015 is no moment of the run, whose schedule begins in 2024.
printf '%s\n' at,id,value '2015-05-17 10:00:00,1,20.5' '2015-05-17 11:30:00,1,21' \
    '2015-05-17 13:00:00,1,22' >readings.csv
printf '%s\n' fields: '  time: {column: at}' '  sensor: {column: id}' \
    '  reading: {column: value}' >map.yaml
$PACEMARK run hourly -e event --runs 1 --map map.yaml --trace readings.csv --pace 10000x \
    --set warmup.rule=fixed --set warmup.time=0 -o results >table 2>&1
grep -o '"event_time_latency_ns.p50": "[^"]*"' results/latest/result.json | uniq
rm -r payments.csv* readings.csv map.yaml table results
