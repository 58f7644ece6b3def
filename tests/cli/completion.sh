# What bash would offer at the end of a line.
pacemark() { "$PACEMARK" "$@"; }
source "$(dirname "$0")/../../harness/cli/pacemark.bash"
offer() { # WORD...: as bash has them, apart at each '='
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _pacemark
    echo "${COMPREPLY[*]}"
}
offer pacemark ex
offer pacemark run s
offer pacemark run spend -e mi
offer pacemark run spend -e event,mi
offer pacemark run spend --engine = event,mi
offer pacemark run spend --set watermark
offer pacemark run spend --set window.s
offer pacemark run spend --set wait = ''
offer pacemark run spend --set microbatch.trigger =
offer pacemark generate --f
offer pacemark generate --form = n
offer pacemark list o
offer pacemark list options s
offer pacemark list engines ''
offer pacemark trace ''
offer pacemark trace inspect ''
offer pacemark run fraud --variant ''
offer pacemark explain agg
offer pacemark nonesuch ''
for word in $("$PACEMARK" complete run - | cut -f1); do # help knows what is offered
    "$PACEMARK" run --help | grep -qF -- "$word" || echo "not in the help of run: $word"
done
