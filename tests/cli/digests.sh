# The digests of every input and output are those of the reference, whoever compiled this.
root=$(dirname "$0")/../..
diff "$root/results/reference/digests.csv" <("$root/scripts/digests" "$PACEMARK") && echo same
