#compdef pacemark
# SPDX-License-Identifier: Apache-2.0
# Completion for zsh. It asks the program itself, so that it never knows less or more than it does.

_pacemark() {
    local word text
    local -a whole open whole_texts open_texts

    while IFS=$'\t' read -r word text; do
        if [[ $word == *= ]]; then # a value follows: no blank behind it
            open+=("$word")
            open_texts+=("$word  $text")
        else
            whole+=("$word")
            whole_texts+=("$word  $text")
        fi
    done < <(pacemark complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
    if (( ! $#whole && ! $#open )); then
        _files
        return
    fi
    compadd -l -d whole_texts -- "${whole[@]}"
    compadd -l -d open_texts -S '' -- "${open[@]}"
}

# As a file of fpath it is the function's body; read by source, it is only defined.
[[ $funcstack[1] != _pacemark ]] || _pacemark "$@"
