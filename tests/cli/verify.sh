# Every scenario on every engine at parallelism 1, 2 and 4 with 3 seeds: equal to the oracle.
$PACEMARK verify --seeds "${PM_SEEDS:-3}"
# One parallelism alone is one case an engine.
$PACEMARK verify route -e event --seeds 1 --parallelism 3 --set events=1000
