# A bare call says what this is and what to try; help is the same.
$PACEMARK
$PACEMARK --help | cmp - <($PACEMARK) && echo same
$PACEMARK --version
$PACEMARK --version --json
