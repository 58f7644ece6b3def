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
rm -r payments.csv* map.yaml results
