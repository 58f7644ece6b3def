# SPDX-License-Identifier: Apache-2.0
# Completion for bash. It asks the program itself, so that it never knows less or more than it does.

_pacemark_names() { # WHAT...: the first words of `pacemark list WHAT...`
    pacemark list "$@" 2>/dev/null | cut -d' ' -f1 | sort -u
}

_pacemark_flags() { # COMMAND: the long flags that its help shows
    pacemark "$1" --help 2>/dev/null | grep -oE -- '^ +(-., )?--[a-z-]+=?' | grep -oE -- '--.*'
}

_pacemark_values() { # FLAG COMMAND: what may follow FLAG
    case $1 in
    -e | --engine) _pacemark_names engines ;;
    --set) _pacemark_names options | sed 's/$/=/' ;;
    --variant) echo quick ;;
    --pace) echo fit max ;;
    --form) echo native json ;;
    esac
}

_pacemark() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words

    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(pacemark | sed -n '/^All commands/,/^$/s/^  \([a-z]*\) .*/\1/p')
    elif [[ $word == -* ]]; then
        words=$(_pacemark_flags "$command")
    else
        words=$(_pacemark_values "$before" "$command")
        if [ -z "$words" ]; then
            case $command in
            list) words="scenarios engines options operators" ;;
            run | verify | generate | explain) words=$(_pacemark_names scenarios) ;;
            esac
        fi
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    [[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -o default -F _pacemark pacemark
