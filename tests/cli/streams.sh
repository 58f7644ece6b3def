# Closed streams, a reader that leaves, a full disk, no colour where none belongs.
$PACEMARK list engines >&- 2>&- <&-
echo $?
$PACEMARK explain nothing 2>&-
echo $?
$PACEMARK list options | head -n 0
echo ${PIPESTATUS[0]}
$PACEMARK list options >/dev/full 2>/dev/null
echo $?
TERM=xterm $PACEMARK explain spend | grep -c $'\033'
for no_color in '' 1; do # on a terminal, which script makes
    NO_COLOR=$no_color TERM=xterm script -qec "$PACEMARK" /dev/null </dev/null | grep -c $'\033'
done
LC_ALL=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 $PACEMARK explain log-etl | grep '^  zipf-exponent'
