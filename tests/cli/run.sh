# A short comparison: table, results directory, one JSON document, thresholds and their exit code.
short="--variant quick --runs 1 --duration 300ms --set warmup.time=50ms -o ../results"
mkdir ../results
$PACEMARK run route $short -e event,batch | grep -v '^  warning: '
ls ../results/latest/result.json ../results/latest/scenario.yaml | wc -l
$PACEMARK run spend $short -e event --json >document 2>err
echo $?
cat err
tr -d ' \n' <document | grep -o '"schema":[^,]*,' | head -n 1
tr -d ' \n' <document | grep -o '"status":"equal"' | sort -u
$PACEMARK run spend $short -e event --threshold 'p50<1ns' --threshold 'lost==0' 2>err | grep -E '^  (pass|FAIL)'
echo ${PIPESTATUS[0]}
cat err
$PACEMARK run ../results/latest/scenario.yaml $short | grep -c '^  event '
rm document err
