# A recorded log: scaled to the duration and said so, or at full speed; where every line went.
log() { # LINES of a web server, every seventh an asset, line 5 damaged
    local i path
    for ((i = 1; i <= $1; i++)); do
        path=/blog/$i.html
        [ $((i % 7)) -ne 0 ] || path=/style.css
        if [ "$i" -eq 5 ]; then
            echo "no line of a web server"
        else
            printf '10.0.0.%d - - [17/May/2015:10:%02d:%02d +0000] "GET %s HTTP/1.1" 200 %d "-" "-"\n' \
                $((i % 250)) $((i / 60 % 60)) $((i % 60)) "$path" $((1000 + i))
        fi
    done
}
mkdir ../results
log 2000 >access.log
args="log-etl --trace access.log --runs 1 --set warmup.rule=fixed --set warmup.time=0 -o ../results"
$PACEMARK run $args --duration 1s >table 2>err
echo "$? $(cat err)" | grep -vx '0 ' | grep -v '^4 '
grep -E '^  - (trace|[0-9]+ inputs|dead letter)' table
$PACEMARK run $args --pace max >table 2>err || echo "exit $?: $(cat err)"
grep -E '^  (batch|microbatch|event|null) .* [0-9.]+ [kMG]/s .* equal' table | cut -c 1-8
grep -E '^  - (trace|[0-9]+ inputs|dead letter)' table
$PACEMARK run $args -e event --pace max --json 2>err | tr -d ' \n' | grep -oE '"balance":[^}]*}' | head -n 1
rm access.log table err
