# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests need on Debian 12, and how it gets there. Sourced by tests/run.

QUICK_PACKAGES="g++ cmake make ninja-build ccache doctest-dev meson pkg-config python3 git ca-certificates"

# The matrix: more compilers, their libraries, other processors, and the rivals of the benchmarks.
ALL_PACKAGES="g++-11 g++-12 clang-14 clang-16 clang-19 clang-tidy-19
    libclang-rt-19-dev libc++-19-dev libc++abi-19-dev
    g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-s390x-linux-gnu qemu-user
    g++-mingw-w64-x86-64-posix wine64
    debootstrap util-linux nlohmann-json3-dev rapidjson-dev libspdlog-dev libconcurrentqueue-dev valgrind jq logrotate
    python3-venv"
command -v go >/dev/null || ALL_PACKAGES+=" golang-go"

# What the long counts need beside the quick tests.
SOAK_PACKAGES="clang-19 libclang-rt-19-dev python3-venv logrotate"
command -v go >/dev/null || SOAK_PACKAGES+=" golang-go"

SID_PACKAGES="g++-16,clang-22,ccache,doctest-dev,libglaze-dev,libyyjson-dev,libsimdjson-dev,nlohmann-json3-dev,rapidjson-dev"

# Installs the packages named, or says which are missing.
packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "tests/run needs Debian 12 for its set-up; this machine has no dpkg." >&2
        echo "Needed: $*" >&2
        exit 1
    fi
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "Missing packages. As root:" >&2
        echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    echo "installing ${missing[*]}"
    mkdir -p "$build"
    local log=$build/apt.log
    if ! { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        echo "apt-get could not install: ${missing[*]}" >&2
        exit 1
    fi
}

# Makes the Debian sid root when it is not there, and shows it this repository. Called in a mount namespace of its own.
sid_root() {
    if [ ! -e "$sid/usr/bin/g++-16" ] || [ ! -e "$sid/usr/bin/clang++-22" ]; then
        if [ -e "$sid" ]; then
            echo "$sid is there but is not a whole Debian sid root with g++-16 and clang++-22; remove it"
            return 1
        fi
        local log=$build/debootstrap.log
        rm -rf "$sid.part"
        if ! debootstrap --variant=minbase --include="$SID_PACKAGES" sid "$sid.part" >"$log" 2>&1 </dev/null; then
            tail -n 20 "$log"
            return 1
        fi
        mv "$sid.part" "$sid" || return 1
    fi
    mount --bind "$sid" "$sid" || return 1 # a root that is a mount point itself, as tests that mount things expect
    local place
    for place in /proc /dev "$root" "$build"; do
        mkdir -p "$sid$place" && mount --rbind "$place" "$sid$place" || return 1
    done
}

# A compiler of the sid root as a command of this machine: prints the path of a script that runs it there, in the
# same directory. What it builds runs there too: $build/sid/run PROGRAM.
sid_command() {
    mkdir -p "$build/sid"
    cat >"$build/sid/$1" <<SCRIPT
#!/bin/sh
exec chroot "$sid" /bin/sh -c 'cd "\$0" && exec "\$@"' "\$PWD" ${2-"$1"} "\$@"
SCRIPT
    chmod +x "$build/sid/$1"
    echo "$build/sid/$1"
}
