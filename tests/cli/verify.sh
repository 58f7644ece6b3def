# Every scenario on every engine at parallelism 1, 2 and 4 with 3 seeds: equal to the oracle.
$PACEMARK verify --seeds "${PM_SEEDS:-3}"
