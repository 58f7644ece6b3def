# Damaged output is refused in every way by the same check, on every engine.
$PACEMARK verify --seeds 1 --canary
