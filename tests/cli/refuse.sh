# Bad input of every surface: one message, exit 2, nothing written, at once.
refuses 'pacemark: frobnicate: no such command: *' frobnicate
refuses "pacemark run: unrecognized option '--bogus'" run --bogus
refuses 'pacemark: nothing: no such scenario: *list scenarios* names all of them; *' run nothing
refuses 'pacemark: rout: no such scenario: did you mean route[?]' run rout
refuses 'pacemark: ../x.yaml: No such file or directory' run ../x.yaml
refuses 'pacemark: ..: no such scenario: *' run ..
refuses 'pacemark: ./: not a regular file: *' run ./
refuses 'pacemark: -rf: *' run -- -rf
refuses 'pacemark: [?][[]31m: no such scenario: *' run $'\033[31m'
refuses 'pacemark: %s%n: no such scenario: *' run %s%n
refuses 'pacemark: *: no such scenario: *' run "$(printf 'a%.0s' {1..300})"
refuses "pacemark: *spend.yaml:*: no variant 'quik': it has quick" run spend --variant quik
refuses 'pacemark: ratte: unknown setting: did you mean rate[?]' run spend --set ratte=5
refuses 'pacemark run: --set rate: expected KEY=VALUE' run spend --set rate
refuses 'pacemark: guarantee: only at-most-once: *' run spend --set guarantee=exactly-once
refuses "pacemark: engines: *" run spend -e flink
refuses 'pacemark: engine client: reads and writes Kafka itself: add --transport kafka, *' run route -e event,client
refuses 'pacemark: engine client: no sessions written by hand; it has route, *' run sessions -e client --transport kafka
refuses 'pacemark: engine client: no spend written by hand; *' verify spend -e client --transport kafka
refuses 'pacemark: messages: 0: *' run route -e client --set messages=0
refuses "pacemark run: threshold p98<1ms: expected p50, *" run spend --threshold 'p98<1ms'
refuses 'pacemark list: x: one argument too many' list engines x
refuses 'pacemark: list engine: expected scenarios, engines, options or operators' list engine
refuses 'pacemark: watermrk: no scenario, engine, operator or setting: *' explain watermrk
refuses 'pacemark: kafka client: foo: *explain route --transport kafka* lists them' run route --transport kafka --set kafka.client=foo=1
refuses 'pacemark explain: expected one scenario, engine, operator or setting' explain
refuses 'pacemark generate: --form: expected native, json or rate' generate spend --form xml
refuses 'pacemark: *: No such file or directory' generate spend -n 1 -o none/such
for number in 0 -1 1e309 nan inf 9223372036854775807 18446744073709551616 0x10 010 1_000 '' ' 5' 5x; do
    refuses 'pacemark: rate: *' run spend --rate "$number"
    refuses 'pacemark: parallelism: *' run spend --set parallelism="$number"
    refuses 'pacemark: partitions: *' generate spend --set partitions="$number"
done
refuses 'pacemark: rate x duration: *' run route --rate 1G --duration 365d
refuses 'pacemark: duration x time-scale: *' run spend --duration 365d --set time-scale=1M
refuses 'pacemark: window*: *' run hourly --set window.slide=2h
refuses 'pacemark: trigger: soon: *' run spend --set trigger=soon
refuses 'pacemark: late: include: engine event closes windows *' run spend -e event --set late=include
refuses 'pacemark: late: include: engine batch needs one job *' run spend -e batch --set late=include --set cadence=1s
refuses 'pacemark: workers: 2: *' run spend --set workers=2
refuses 'pacemark: max-disk: *' run route --duration 365d
refuses 'pacemark: max-disk: *' run route --duration 365d --dry-run
