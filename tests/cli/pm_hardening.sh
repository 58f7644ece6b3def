#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program as it is released: position-independent, all symbols bound at the start, tables
# read-only from then on, no executable stack, checked library calls. 77 without readelf.
#
#   pm_hardening.sh PACEMARK
set -u
if ! command -v readelf >/dev/null; then
    echo "skipped: readelf (binutils) is not installed"
    exit 77
fi
failed=0
demands() { # WHAT PATTERN, of what comes in
    grep -qE "$2" || { echo "not so: $1" && failed=1; }
}
demands 'position-independent' 'Type: +DYN' < <(readelf -hW "$1")
demands 'bound at the start' '\(FLAGS_1\).* NOW|BIND_NOW' < <(readelf -dW "$1")
demands 'relocations read-only' 'GNU_RELRO' < <(readelf -lW "$1")
demands 'stack not executable' 'GNU_STACK.* RW +0x' < <(readelf -lW "$1")
demands 'checked library calls' '__[a-z]+_chk' < <(readelf --dyn-syms -W "$1")
demands 'stack protector' '__stack_chk_fail' < <(readelf --dyn-syms -W "$1")
readelf -lW "$1" | awk '$1 == "LOAD" && / RWE /' | grep . && echo "writable code" && failed=1
exit $failed
