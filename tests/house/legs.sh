# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The matrix. One row is one leg: a name, then the command that runs it. Sourced by tests/run.
# A row may stand here before its script does: it fails until the script is there.

sanitize_memory="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1"
no_exceptions="-fno-exceptions -fno-rtti -DDOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS"

LEGS=(
    # Compilers: the suite, or stages of it, against the single header in C++20, hygiene in C++20 and C++23, what must not compile.
    # ./tests/run itself is this leg for g++ 12, the suite of clang 19 is that of the sanitizers and of libc++, and that of GCC 16 is
    # that of static reflection. Clang 16 and 22 compile what every user compiles, the header.
    "gcc-11         compiler g++-11 '$no_exceptions' 'event;json;record'"
    "clang-14       compiler clang++-14"
    "clang-16       header clang++-16"
    "clang-19       header clang++-19"
    "gcc-16         in_sid header g++-16"
    "clang-22       in_sid header clang++-22"

    # The other ways to compile it.
    "cxx26          in_sid reflection g++-16"
    "libc++         suite cxx=clang++-19 std=23 flags='-stdlib=libc++ -DNOTCH_NO_SIMD' headers=include optimise=-O0 stages='json;read'"

    # Sanitizers; address space randomisation is switched off for the second, which cannot map its shadow otherwise, and which has what
    # has threads.
    "asan-ubsan     suite cxx=clang++-19 flags='$sanitize_memory' runner='env ASAN_OPTIONS=allocator_may_return_null=1' stages='json;record;sink;read;domain'"
    "tsan           suite cxx=clang++-19 flags='-fsanitize=thread -g1' runner='env TSAN_OPTIONS=allocator_may_return_null=1 setarch -R' stages='record;sink'"

    # Other processors, emulated.
    "aarch64        processor aarch64-linux-gnu-g++ qemu-aarch64 'base;json;record;sink'"
    "armhf          processor arm-linux-gnueabihf-g++ qemu-arm 'json;record' -Wno-psabi"
    "s390x          processor s390x-linux-gnu-g++ qemu-s390x 'json;record;fuzz'"

    # Windows, by a compiler that makes its programs and by wine, which runs them.
    "windows        windows x86_64-w64-mingw32-g++-posix"

    # The rest of the house.
    "tidy           check tidy python3 tests/house/tidy.py clang-tidy-19"
    "mutants        check mutants python3 tests/house/mutants.py g++"
    "soak-short     soaks short"
    "fuzz           fuzzing 10"
    "interop        interop short"
    "examples       check examples tests/examples/run.sh"
    "benchmarks     check benchmarks benchmarks/run --quick"
)

# Programs of tests/soak/ with their arguments: in ./tests/run --soak | in the leg soak-short.
SOAKS=(
    "doubles | 100000000 | 2000000 1 2 4093"
    "read_race | 100000 | 2000"
    "intake_kills | 3000 200 | 600 40"
    "recorder_fork | 1000 | 100"
    "journal_kills | 1 1 | 11 13"
    "journal_exits | 100 100 | 5 1"
    "journal_faults | 1 | 3"
    "journal_steps | 1 20 | 29 2"
    "recorder_threads | 100000 | 2000"
    "ledger | 4000 1000 | 40 200"
    "ledger_writers | 200000 20000 300 | 20000 2000 30"
    "ledger_kills | 1000 | 150"
    "ledger_rotation | 500 | 50"
    "ledger_faults | 1 | 29"
    "ledger_full_disk | 100 | 20"
)

# ---- what the rows call --------------------------------------------------------------------------------------------

quick() {
    check "layers" python3 tests/house/layers.py
    check "layers refuse" python3 tests/house/layers_test.py
    check "single header is current" python3 single_include/amalgamate.py --check
    check "amalgamation refuses" python3 tests/house/amalgamate_test.py
    suite name=quick headers="include;single_include" optimise=-O0
    check "hygiene g++" python3 tests/house/hygiene.py g++ --alone --prove
    check "compile-fail g++" python3 tests/compile_fail/run.py g++
    check "consumers" python3 tests/house/consumers.py
    check "README" python3 tests/house/readme.py g++
}

compiler() {
    suite name="$1" cxx="$(command_of "$1")" flags="${2-}" optimise=-O0 stages="${3-}"
    header "$1"
}

header() {
    local alone="" # every header by itself: g++ does it in quick, one clang here
    [ "$1" != clang++-19 ] || alone=--alone
    check "hygiene $1" python3 tests/house/hygiene.py "$(command_of "$1")" $alone ${sid_leg:+--run "$(sid_command run " ")"}
    check "compile-fail $1" python3 tests/compile_fail/run.py "$(command_of "$1")"
}

# Static reflection: the compiler's newest standard.
reflection() {
    suite name="$1 reflection" cxx="$(command_of "$1")" std=26 flags=-freflection optimise=-O0 stages="event;json"
}

# Another processor: everything static, so that nothing of its libraries has to be found at run time. In memory, since a 32-bit
# program that is emulated on a 64-bit kernel cannot list a directory of ext4, whose places have 64 bits.
processor() {
    suite name="$2" cxx="$1" flags="-DNOTCH_TEST_EMULATED ${4-}" link=-static runner="env TMPDIR=/dev/shm $2" stages="$3"
}

# Another system. Its programs run in a directory that stands for a Windows machine; making that is the first check.
windows() {
    mkdir -p "$build/windows-headers" && ln -sfn /usr/include/doctest "$build/windows-headers/doctest"
    local wine="env WINEPREFIX=$build/wine WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= DISPLAY= /usr/lib/wine/wine64"
    check "wine prefix" $wine wineboot --init || return
    suite name=windows cxx="$1" flags="-isystem $build/windows-headers" link=-static runner="$wine" system=Windows \
        stages="base;json;record;sink;read"
    env WINEPREFIX="$build/wine" /usr/lib/wine/wineserver64 --kill # what wine left running for this directory
}

# suite key=value...: builds the doctest suite in a directory of its own and runs it.
suite() {
    local name=${leg_name:-quick} cxx=g++ std=20 flags="" headers=single_include stages="" runner="" link="" system="" optimise=-O1 pch=""
    local "$@"
    local directory="$build/${name// /-}" variant
    [ -n "$pch" ] || pch=$headers
    [ -z "$sid_leg" ] || runner=$(sid_command run " ")
    check "build $name" build_suite || return
    # All of them at a time: each has one core.
    local -A running=()
    for variant in ${headers//;/ }; do
        timeout 1200 env -C "$directory" $runner "$directory/tests/notch_tests_$variant${system:+.exe}" >"$directory/$variant.log" 2>&1 </dev/null &
        running[$variant]=$!
    done
    for variant in ${headers//;/ }; do
        check "suite $name, $variant/" ended "${running[$variant]}" "$directory/$variant.log"
    done
}

# What a program that was started before has printed, and its exit code.
ended() {
    wait "$1"
    local code=$?
    cat "$2"
    return $code
}

build_suite() {
    cmake -S . -B "$directory" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
        -DCMAKE_CXX_FLAGS="-std=c++$std $optimise $flags" -DCMAKE_EXE_LINKER_FLAGS="$link" -DNOTCH_TEST_FLAGS="-std=c++$std" \
        -DNOTCH_TEST_HEADERS="$headers" -DNOTCH_TEST_PCH="$pch" ${stages:+-DNOTCH_TEST_STAGES="$stages"} \
        ${system:+-DCMAKE_SYSTEM_NAME="$system"} \
        -DNOTCH_BUILD_TESTS=ON -DNOTCH_BUILD_EXAMPLES=OFF -DNOTCH_INSTALL=OFF &&
        timeout 2400 cmake --build "$directory" -- -k 0
}

sid_leg=""
in_sid() {
    if [ -z "$sid_is_ready" ]; then
        check "Debian sid root" sid_root || return
        sid_is_ready=yes
    fi
    local sid_leg=yes
    "$@"
}
sid_is_ready=""

command_of() {
    if [ -n "$sid_leg" ]; then sid_command "$1"; else echo "$1"; fi
}

soak() {
    soaks full
    fuzzing 600
    interop full
}

# The programs that notch's vocabularies come from, or what of them can be had: tests/interop/*/test.py, with "short" or "full".
interop() {
    local test
    for test in tests/interop/*/test.py; do check "interop $(basename "$(dirname "$test")"), $1" python3 "$test" "$1"; done
}

soaks() {
    local row program full short arguments source
    for source in tests/soak/*.cpp; do
        [[ "$(printf '%s\n' "${SOAKS[@]}")" == *"$(basename "$source" .cpp) |"* ]] || check "soak row of $source" false
    done
    mkdir -p "$build/soak"
    for row in "${SOAKS[@]}"; do
        IFS='|' read -r program full short <<<"$row"
        arguments=$full
        [ "$1" = full ] || arguments=$short
        check "soak $program" build_and_run_soak $program $arguments
    done
}

build_and_run_soak() {
    ccache g++ -std=c++20 -O2 -pthread -I single_include "tests/soak/$1.cpp" -o "$build/soak/$1" && timeout 7200 "$build/soak/$1" "${@:2}"
}

# The bodies of tests/fuzz/ under libFuzzer and sanitizers, so many seconds each. What it finds lies in $build/fuzz/BODY/.
fuzzing() {
    local source body
    for source in tests/fuzz/*.cpp; do
        body=$(basename "$source" .cpp)
        check "fuzz $body for $1 s" build_and_fuzz "$body" "$1"
    done
}

build_and_fuzz() {
    local directory=$build/fuzz/$1
    mkdir -p "$directory/found"
    ccache clang++-19 -std=c++20 -O1 -g1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DNOTCH_TEST_FUZZER \
        -I single_include "tests/fuzz/$1.cpp" -o "$directory/$1" &&
        python3 tests/fuzz/corpus.py unpack "tests/fuzz/corpus/$1.inc" "$directory/corpus" &&
        env -C "$directory" "./$1" -max_total_time="$2" -max_len=1000 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 found corpus
}

# Against what a service in Go writes and reads. Any Go from 1.19 on: the machine's, or Debian's.
leg() {
    local row leg_name command start=$SECONDS
    for row in "${LEGS[@]}"; do
        read -r leg_name command <<<"$row"
        [ "$leg_name" = "$1" ] || continue
        echo "-- leg $leg_name"
        eval "$command"
        printf -- '-- leg %s took %d s\n' "$leg_name" $((SECONDS - start))
        return
    done
    check "leg $1 (no such row in tests/house/legs.sh)" false
}

# Two at a time: while one runs its suite, on one core, the other compiles. Whoever makes a leg's directory has it.
all_legs() {
    check "Debian sid root" sid_root && sid_is_ready=yes
    rm -rf "$build/lanes" && mkdir -p "$build/lanes"
    lane &
    lane &
    wait
    local row passed failed name
    for row in "${LEGS[@]}"; do
        name=${row%% *} passed=0 failed=1 # unless it says otherwise: a leg that ended without a word has failed
        [ ! -e "$build/lanes/$name/counts" ] || read -r passed failed <"$build/lanes/$name/counts"
        total_passed=$((total_passed + passed))
        total_failed=$((total_failed + failed))
        [ "$failed" -eq 0 ] || failures+=("leg $name")
    done
}

lane() {
    local row place
    for row in "${LEGS[@]}"; do
        place=$build/lanes/${row%% *}
        mkdir "$place" 2>/dev/null || continue
        (
            total_passed=0 total_failed=0 failures=()
            leg "${row%% *}"
            echo "$total_passed $total_failed" >"$place/counts"
        ) >"$place/log" 2>&1
        cat "$place/log"
    done
}

list_legs() { printf '%s\n' "${LEGS[@]}"; }
