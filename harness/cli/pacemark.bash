# SPDX-License-Identifier: Apache-2.0
# Completion for bash. It asks the program itself, so that it never knows less or more than it does.

# The words up to the cursor; bash has taken them apart at each '='.
_pacemark_words() {
    local word before=
    words=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [ ${#words[@]} -gt 0 ] && { [ "$word" = = ] || [ "$before" = = ]; }; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        before=$word
    done
}

_pacemark() {
    local words

    _pacemark_words
    mapfile -t COMPREPLY < <(pacemark complete "${words[@]}" 2>/dev/null | cut -f1)
    [[ ${COMPREPLY[*]} != *[=] ]] || compopt -o nospace 2>/dev/null
    if [[ ${words[-1]} == *=* ]]; then # bash replaces what stands behind the last '=' alone
        COMPREPLY=("${COMPREPLY[@]#"${words[-1]%"${words[-1]##*=}"}"}")
    fi
}

complete -o default -F _pacemark pacemark
