# A view that another process reads while the run lasts, the statements of workloads/README.md.
$PACEMARK explain dashboard | sed -n '/^View/,/^$/p'
whole="
    SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM top)
           = (SELECT sum(view_rows) FROM commits) AS rows_are_whole,
           (SELECT sum(key + product + inputs + count + revenue + users) FROM products)
           + (SELECT sum(key + product + revenue) FROM top)
           = (SELECT sum(view_sum) FROM commits) AS sums_are_whole"
mkdir ../results
view=../results/live/dashboard-event.db
$PACEMARK run dashboard --variant quick -e event --runs 1 --duration 2s -o ../results >table 2>err &
run=$!
until [ -n "$(sqlite3 "$view" 'SELECT epoch FROM commits' 2>>errors)" ]; do
    kill -0 $run 2>>errors || break
    sleep 0.05
done
sqlite3 -cmd '.timeout 1000' "$view" "$whole"
wait $run
code=$?
[ $code -eq 0 ] || [ $code -eq 4 ] || { echo "exit $code" && cat err; } # 4: a busy machine
grep '^  - view' table
sqlite3 "$view" "$whole"
sqlite3 -column -header ../results/latest/event.view.db "
    SELECT key AS region, product, revenue / 100.0 AS sold FROM top
    WHERE region = 7 ORDER BY revenue DESC LIMIT 3"
sqlite3 ../results/latest/event.view.db "SELECT value FROM about WHERE name = 'engine'"
rm table err errors
