#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
#   tests/examples/run.sh            runs every example and compares what it prints and writes with golden/
#   tests/examples/run.sh --accept   makes golden/ what the examples print and write now
#
# Each example is run twice, through examples/run as a user would: the second time nothing is compiled. The digits of a
# stamp are masked; examples with a fixed clock have nothing to mask. Prints "ok NAME" or "FAIL NAME" for each check.

set -u
cd "$(dirname "$0")/../.." || exit 1
golden=tests/examples/golden
build=${NOTCH_BUILD:-$PWD/build}/examples
failed=0

report() { # NAME CODE
    if [ "$2" -eq 0 ]; then echo "ok $1"; else echo "FAIL $1"; failed=1; fi
}

stamps() { sed -E 's/"timestamp":[0-9]{10}\.[0-9]{6},"event":"runner_start"/"timestamp":STAMP,"event":"runner_start"/'; }

# What an example prints, then each ledger it writes.
outcome() { # NAME
    ./examples/run "$1" || echo "exit code $?"
    local ledger
    for ledger in "$build/$1"/*.jsonl; do
        [ -e "$ledger" ] || continue
        echo "-- $(basename "$ledger")"
        cat "$ledger"
    done
}

compare() { # NAME
    local name=$1 file=$golden/$1.txt
    if [ ! -e "$file" ]; then
        echo "$file is not there; tests/examples/run.sh --accept makes it"
        return 1
    fi
    outcome "$name" 2>&1 | stamps | diff -u "$file" -
}

examples() { ./examples/run --list | grep -v machine_metrics; }

if [ "${1:-}" = --accept ]; then
    for name in $(examples); do outcome "$name" 2>&1 | stamps >"$golden/$name.txt"; done
    exit
fi

for name in $(examples); do
    compare "$name" && compare "$name" >/dev/null
    report "$name" $?
done
for file in "$golden"/*.txt; do
    name=$(basename "$file" .txt)
    [ -e "examples/$name.cpp" ] || report "$file without its example" 1
done

# The comparison itself: another golden text must be refused.
wrong=$(mktemp -d)
sed 's/vm.boot/vm.root/' "$golden/03_types.txt" >"$wrong/03_types.txt"
golden=$wrong
! compare 03_types >/dev/null
report "another output than the golden one is refused" $?
rm -r "$wrong"

python3 tests/examples/command_test.py || failed=1
python3 tests/examples/recipes_test.py || failed=1
python3 tests/examples/docs_test.py || failed=1
exit $failed
