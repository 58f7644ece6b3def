# The plan as a picture, the settings with their origin, the names elsewhere.
$PACEMARK explain spend --variant quick --set seed=7 >out
sed -n '1,/^$/p' out
sed -n '/^Plan/,/^$/p' out
grep -E '^  (rate|duration|seed|events) ' out
sed -n '/^Elsewhere/,$p' out | sed -n 1,7p
$PACEMARK explain enrich | sed -n '/^Plan/,/^$/p'
$PACEMARK explain hourly-plain | sed -n '/^Engines/,/^$/p'
$PACEMARK explain sessions | grep -E '^  (client|event) '
$PACEMARK explain sessions --json | grep '"client", "runs"'
$PACEMARK explain watermark | head -n 2
$PACEMARK explain trigger | head -n 1
$PACEMARK explain event | head -n 2
# A cluster is named to be used.
$PACEMARK explain route --brokers 10.0.0.1:9092 | grep -E '^  (transport|brokers) '
rm out
