# What bash would offer at the end of a line.
pacemark() { "$PACEMARK" "$@"; }
source "$(dirname "$0")/../../harness/cli/pacemark.bash"
offer() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _pacemark
    echo "${COMPREPLY[*]}"
}
offer pacemark ex
offer pacemark run s
offer pacemark run spend -e mi
offer pacemark run spend --set watermark
offer pacemark generate --f
offer pacemark list o
