# SPDX-License-Identifier: Apache-2.0
# Completion for fish. It asks the program itself, so that it never knows less or more than it does.

function __pacemark_offers
    set -l words (commandline -opc)
    pacemark complete $words[2..] (commandline -ct) 2>/dev/null
end

# Where the program offers nothing, a file's name goes.
complete -c pacemark -n 'count (__pacemark_offers) >/dev/null' -f -a '(__pacemark_offers)'
