# A short comparison: table, results directory, one JSON document, thresholds and their exit code.
short="--variant quick --runs 1 --duration 300ms --set warmup.time=50ms -o ../results"
ends_with() { # on a busy machine a run may be invalid, which is 4 and comes first
    [ "$2" -eq "$1" ] || [ "$2" -eq 4 ] || echo "exit $2 instead of $1"
}
mkdir ../results
$PACEMARK run route $short -e event,batch >table 2>err
ends_with 0 $?
head -n 1 table
grep -E '^  (engine|event|batch|null) ' table
grep '^results' table
(cd ../results/latest && ls result.json scenario.yaml latency.hlog)
$PACEMARK plot ../results/latest --png -q | grep percentiles
$PACEMARK run spend $short -e event --json >document 2>err
ends_with 0 $?
tr -d ' \n' <document | grep -o '"schema":[^,]*,' | head -n 1
tr -d ' \n' <document | grep -o '"status":"equal"' | sort -u
$PACEMARK run spend $short -e event --threshold 'p50<1ns' --threshold 'lost==0' >table 2>err
ends_with 99 $?
grep -E '^  (pass|FAIL)' table
$PACEMARK run ../results/latest/scenario.yaml $short 2>err | grep -c '^  event '
rm document err table
