# Every command has help with examples, on standard output.
for command in $($PACEMARK | sed -n '/^All commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    $PACEMARK $command --help >help || echo "$command: exit $?"
    grep -q '^Examples:' help || echo "$command: no examples"
    grep -q "^  pacemark $command" help || echo "$command: no example of itself"
    $PACEMARK help $command | cmp help - || echo "$command: 'help $command' differs"
done
rm help
