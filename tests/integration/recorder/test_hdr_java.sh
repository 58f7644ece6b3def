#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# HdrHistogram's own Java tools read our interval log and say what we say, byte for byte.
#
# Usage: test_hdr_java.sh PATH_OF_hdr_sample. Exit code 77: java or its library is not installed.
set -eu

jar=${PM_HDR_JAR:-/usr/share/java/hdrhistogram.jar}
sample=$1
command -v java >/dev/null || { echo "skipped: java is not installed"; exit 77; }
[ -r "$jar" ] || { echo "skipped: $jar (Debian: libhdrhistogram-java) is not installed"; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

processor() {
    java -cp "$jar" org.HdrHistogram.HistogramLogProcessor -i "$folder/sample.hlog" \
        -outputValueUnitRatio 1000000 "$@"
}

same() {
    cmp "$1" "$2" || { diff "$1" "$2" | head -20; echo "differs: $3"; exit 1; }
    echo "same: $3 ($(wc -c <"$1") bytes)"
}

for seed in 1 20261121; do
    "$sample" "$folder" "$seed"
    processor -listtags >"$folder/tags"
    printf 'Tags found in input file:\n[NO TAG (default)]\ne2e\nread\n' >"$folder/tags.expected"
    same "$folder/tags" "$folder/tags.expected" "seed $seed: list of tags"

    for tag in none e2e read; do
        [ "$tag" = none ] && set -- || set -- -tag "$tag"
        processor "$@" -o "$folder/java-$tag"
        # Its first two lines name the range of time that was asked for; our text has no range.
        sed '1{/^#\[Overall percentile/d};2{/^#\[StartTime/d}' "$folder/java-$tag.hgrm" \
            >"$folder/java-$tag.rows"
        same "$folder/java-$tag.rows" "$folder/ours-$tag.hgrm" "seed $seed: percentiles of $tag"
        processor "$@" -csv -o "$folder/table-$tag"
        # The rows alone: the two lines of time and the column names are no figures.
        grep '^[0-9]' "$folder/table-$tag" >"$folder/table-$tag.rows" || true
        same "$folder/table-$tag.rows" "$folder/ours-$tag.csv" "seed $seed: intervals of $tag"
    done
done
