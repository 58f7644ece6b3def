# What a comparison ends with, by its exit code: whoever calls it from a script has nothing else.
run() { # EXPECTED ARGUMENT...
    local expected=$1 code
    shift
    $PACEMARK run "$@" -o ../results >out 2>err
    code=$?
    [ $code -eq "$expected" ] || echo "exit $code instead of $expected: $*: $(cat err)"
}
quick="--variant quick --runs 1 -e event --set wait=nap"
mkdir ../results
run 4 route $quick --rate 1G/s --duration 10ms # more than the generator could keep
cat err
ls ../results
run 5 route $quick --rate 8k/s --duration 365d --set max-disk=16384GiB
cat err
run 11 route $quick --duration 3s --set timeout=1s
cat err

$PACEMARK run route $quick --rate 2k/s --duration 30s -o ../results/cut >out 2>err &
pid=$!
for ((i = 0; i < 200; i++)); do # until the engine's process is there and has read something
    child=$(pgrep -P $pid | tail -n 1)
    [ -n "$child" ] && [ "$(pgrep -P $pid | wc -l)" -ge 2 ] && break
    sleep 0.05
done
place=$(tr '\0' '\n' <"/proc/$child/cmdline" | grep '^/dev/shm/')
[ -d "$place" ] || echo "no folder of the run: $place"
sleep 2
kill -INT $pid
wait $pid
echo "interrupted: $?"
[ ! -e "/proc/$child" ] && [ ! -e "$place" ] && echo "nothing is left"
grep -o '"interrupted": true' ../results/cut/latest/result.json
grep -o '"status": "unchecked"' ../results/cut/latest/result.json
rm out err
