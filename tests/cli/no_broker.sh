# Without a broker every command says in one sentence what to do, soon, and leaves nothing behind.
fails() { # EXPECTED ARGUMENT...
    local expected=$1 began=$SECONDS code
    shift
    $PACEMARK "$@" >out 2>err
    code=$?
    [ $code -eq "$expected" ] || echo "exit $code instead of $expected: $*: $(cat err)"
    [ $((SECONDS - began)) -le 30 ] || echo "took $((SECONDS - began)) s: $*"
    [ "$(wc -l <err)" = 1 ] || echo "not one message: $*: $(cat err)"
    cat err
    rm out err
}
kafka="--transport kafka --quiet --brokers"
fails 5 run route --variant quick --runs 1 -e event --set wait=nap -o ../results $kafka 127.0.0.1:1
fails 5 verify route -e event --seeds 1 $kafka 127.0.0.1:1
$PACEMARK verify route -e event --seeds 1 --parallelism 1 $kafka 127.0.0.1:1 2>err | grep DIFFERS
rm err
fails 5 generate route -n 10 $kafka 127.0.0.1:1
fails 5 generate route -n 10 $kafka no-such-host.invalid:9092
for brokers in somewhere 127.0.0.1 127.0.0.1:0 127.0.0.1:65536 :9092 a:1,,b:2 a:1,b; do
    refuses "pacemark: brokers: $brokers: expected host:port,..." \
        generate route -n 10 $kafka "$brokers"
done
