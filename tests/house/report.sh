# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Runs checks, counts what they say, and prints one line for each. Sourced by tests/run.

total_passed=0
total_failed=0
failures=()
logs=$build/logs
mkdir -p "$logs"

# check NAME COMMAND...: one line of output. The command counts as many checks as it prints "ok ..." and "FAIL ..."
# lines or doctest cases; as one if it prints neither. Its exit code must agree. A program that hangs is a failure.
check() {
    local name=$1 log start seconds code passed failed
    shift
    [ "$(type -t "$1")" = function ] || set -- timeout 1200 "$@"
    log=$logs/${name//[ \/]/_}.log
    start=$(date +%s%N)
    "$@" >"$log" 2>&1 </dev/null
    code=$?
    seconds=$((($(date +%s%N) - start) / 100000000))
    read -r passed failed < <(count "$code" "$log")
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    local verdict=ok
    [ "$failed" -eq 0 ] || verdict=FAIL
    printf '%-4s  %-44s %5d passed %3d failed %6d.%d s\n' "$verdict" "$name" "$passed" "$failed" $((seconds / 10)) $((seconds % 10))
    [ "$failed" -eq 0 ] && return
    failures+=("$name")
    { grep -h -A 12 '^FAIL ' "$log" | head -n 40; echo "..."; tail -n 30 "$log"; } | sed 's/^/      | /'
    echo "      (exit code $code; whole log: $log)"
    return 1
}

# Prints "passed failed" for the exit code and the log of one check.
count() {
    awk -v code="$1" '
        /^ok / { passed++ }
        /^FAIL / { failed++ }
        /^\[doctest\] test cases:/ {
            gsub(/[^0-9 ]/, " ")
            cases += $1; passed += $2; failed += $3
            if ($1 == 0 || $4 > 0) failed++ # nothing ran, or something was skipped
            suites++
        }
        END {
            if (!passed && !failed && code == 0) passed = 1
            if (!failed && code != 0) failed = 1
            if (failed && code == 0) failed++ # a check that fails must say so with its exit code too
            print passed + 0, failed + 0
        }' "$2"
}

# The last line, and the exit code.
finish() {
    [ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
    echo "$total_passed passed, $total_failed failed"
    [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
    exit
}
