# One name first on each line.
$PACEMARK list scenarios | cut -d' ' -f1
$PACEMARK list | cut -d' ' -f1 | tail -n 1
$PACEMARK list engines | cut -d' ' -f1
$PACEMARK list scenarios | grep -E '^(high-value|hourly) '
$PACEMARK list operators | cut -d' ' -f1 | sort | head -n 3
$PACEMARK list options spend | grep -E '^(rate|window.size|engines|trigger) '
$PACEMARK list options | cut -d' ' -f1 | grep -c .
$PACEMARK list engines --json
