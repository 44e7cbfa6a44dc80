#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the tiny projects of consumers/ in every way that notch can be used, runs them and compares the line written.

Also: what notch must not do to its host, which versions are refused, and that the two builds install the same files.
Prints "ok NAME" or "FAIL NAME" for each.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "single_include"))
import amalgamate  # noqa: E402

CONSUMERS = REPOSITORY / "tests" / "house" / "consumers"
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build")) / "consumers"
CXX = os.environ.get("CXX", "g++")
ENVIRONMENT = {**os.environ, "CXX": CXX}


class Failure(Exception):
    """A check that did not hold; the text says why."""


def run(*command, wanted=0, **options):
    """What the command printed, after checking its exit code (None: anything but 0)."""
    command = [str(part) for part in command]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={**ENVIRONMENT, **options}
    )
    if (done.returncode == 0) if wanted is None else (done.returncode != wanted):
        raise Failure(f"exit code {done.returncode}: {' '.join(command)}\n{done.stdout}")
    return done.stdout


def expect(condition, why):
    if not condition:
        raise Failure(why)


def version():
    text = (REPOSITORY / "include/notch/version.hpp").read_text(encoding="ascii")
    return [int(n) for n in re.findall(r"^#define NOTCH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", text, re.M)]


def cmake(source, build, *arguments, **options):
    return run("cmake", "-G", "Ninja", "-S", source, "-B", build, *arguments, **options)


def check_program(how, program):
    ledger = program.parent / "events.jsonl"
    run(program, how, ledger)
    line = ledger.read_text(encoding="utf-8")
    expect(line == f'{{"timestamp":1.5,"event":"consumer_built","how":"{how}","count":3}}\n', f"the ledger holds {line!r}")


# ---- installed once, then moved: nothing in it may know where it was installed --------------------------------------


def prefix():
    return BUILD / "moved"


def install():
    cmake(REPOSITORY, BUILD / "install", f"-DCMAKE_INSTALL_PREFIX={BUILD / 'first'}", "-DNOTCH_BUILD_TESTS=OFF", "-DNOTCH_BUILD_EXAMPLES=OFF")
    run("cmake", "--install", BUILD / "install")
    (BUILD / "first").rename(prefix())
    here = {p.relative_to(REPOSITORY / "include") for p in (REPOSITORY / "include").rglob("*.hpp")}
    there = {p.relative_to(prefix() / "include") for p in (prefix() / "include").rglob("*") if p.is_file()}
    expect(here == there, f"not the headers of include/: {sorted(map(str, here ^ there))}")
    for path in prefix().rglob("*"):
        expect(path.is_dir() or str(BUILD) not in path.read_text(encoding="utf-8"), f"{path} names the place of its build")


def find_package(wanted, accepted):
    build = BUILD / f"find_package-{wanted}"
    arguments = (f"-DCMAKE_PREFIX_PATH={prefix()}", f"-DWANTED={wanted}")
    if not accepted:
        said = cmake(CONSUMERS / "find_package", build, *arguments, wanted=None)
        expect("compatible" in said and "not accepted" in said or "considered but not" in said, said)
        return
    cmake(CONSUMERS / "find_package", build, *arguments)
    run("cmake", "--build", build)
    check_program("find_package", build / "consumer")


def pkg_config():
    search = {"PKG_CONFIG_PATH": str(prefix() / "share/pkgconfig")}
    wanted = ".".join(map(str, version()))
    expect(run("pkg-config", "--modversion", "notch", **search).strip() == wanted, "another version")
    run("pkg-config", f"notch >= {wanted}", **search)
    run("pkg-config", f"notch > {wanted}", wanted=None, **search)
    build = BUILD / "pkg_config"
    build.mkdir()
    run("make", "-C", CONSUMERS / "pkg_config", "-B", f"OUT={build / 'consumer'}", f"CXX={CXX}", **search)
    check_program("pkg_config", build / "consumer")


# ---- from source ----------------------------------------------------------------------------------------------------


def add_subdirectory():
    build = BUILD / "add_subdirectory"
    cmake(CONSUMERS / "add_subdirectory", build, f"-DNOTCH_SOURCE={REPOSITORY}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    run("cmake", "--build", build)
    check_program("add_subdirectory", build / "consumer")

    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        target = re.search(r"CMakeFiles/(\w+)\.dir", entry["command"])[1]
        commands[target] = entry["command"].replace(f"/{target}.dir/", "/X.dir/")
    expect(commands["before"] == commands["after"], "a target that does not link notch is compiled differently after it")
    for flag in ("-O1", "-DHOST_FLAG", "-std=gnu++23"):
        expect(flag in commands["consumer"].split(), f"the host's {flag} is lost: {commands['consumer']}")
    added = set(commands["consumer"].split()) - set(commands["after"].split())
    expect(added == {f"-I{REPOSITORY / 'include'}"}, f"notch added {sorted(added)}")
    said = run("ctest", "--test-dir", build, "-N")
    expect("Total Tests: 0" in said, said)
    said = run("cmake", "--install", build, "--prefix", build / "installed")
    expect(not (build / "installed").exists(), said)


def add_subdirectory_with_options():
    """The twin: what is off by default in a host can be switched on there."""
    build = BUILD / "add_subdirectory-install"
    cmake(CONSUMERS / "add_subdirectory", build, f"-DNOTCH_SOURCE={REPOSITORY}", "-DNOTCH_INSTALL=ON")
    run("cmake", "--install", build, "--prefix", build / "installed")
    expect((build / "installed/include/notch/notch.hpp").is_file(), "NOTCH_INSTALL=ON installs nothing")


def fetch_content():
    build = BUILD / "fetch_content"
    cmake(CONSUMERS / "fetch_content", build, f"-DNOTCH_SOURCE={REPOSITORY}")
    run("cmake", "--build", build)
    check_program("fetch_content", build / "consumer")


def meson_subproject():
    source = BUILD / "meson_subproject"
    shutil.copytree(CONSUMERS / "meson_subproject", source)
    shutil.copy(CONSUMERS / "program.cpp", source)
    (source / "subprojects" / "notch").symlink_to(REPOSITORY)
    major, minor, _ = version()
    run("meson", "setup", source / "no", source, f"-Dwanted=>={major}.{minor + 1}", wanted=None)
    run("meson", "setup", source / "yes", source, f"-Dwanted=>={major}.{minor}")
    run("meson", "compile", "-C", source / "yes")
    check_program("meson_subproject", source / "yes" / "consumer")
    expect(json.loads(run("meson", "introspect", source / "yes", "--tests")) == [], "notch brought tests")
    targets = [t["name"] for t in json.loads(run("meson", "introspect", source / "yes", "--targets"))]
    expect(targets == ["consumer"], f"notch brought targets: {targets}")
    run("meson", "install", "-C", source / "yes", "--destdir", source / "installed")
    expect(not (source / "installed").exists(), "notch installs itself with its host")


def meson_install():
    build = BUILD / "meson"
    run("meson", "setup", build, REPOSITORY, f"--prefix={BUILD / 'meson-prefix'}", "-Dtests=false", "-Dexamples=false")
    run("meson", "install", "-C", build)
    there = {p.relative_to(BUILD / "meson-prefix") for p in (BUILD / "meson-prefix").rglob("*") if p.is_file()}
    here = {p.relative_to(prefix()) for p in prefix().rglob("*") if p.is_file() and "cmake" not in p.parts}
    expect(here == there, f"CMake and Meson install different files: {sorted(map(str, here ^ there))}")
    search = {"PKG_CONFIG_PATH": str(BUILD / "meson-prefix/share/pkgconfig")}
    consumer = BUILD / "meson-prefix" / "consumer"
    run("make", "-C", CONSUMERS / "pkg_config", "-B", f"OUT={consumer}", f"CXX={CXX}", **search)
    check_program("pkg_config", consumer)


def meson_tests():
    """For who works on notch: the tests are there, with every source that CMake would take."""
    build = BUILD / "meson-tests"
    run("meson", "setup", build, REPOSITORY)
    tests = sorted(t["name"] for t in json.loads(run("meson", "introspect", build, "--tests")))
    expect(tests == ["include/notch", "single_include"], f"the tests are {tests}")
    for target in json.loads(run("meson", "introspect", build, "--targets")):
        if target["name"] == "tests_single_include":
            there = {Path(path) for group in target["target_sources"] for path in group["sources"]}
            here = {p for p in (REPOSITORY / "tests").glob("*/*.cpp") if p.parent.name in (*amalgamate.STAGES, "support")}
            expect(there - {REPOSITORY / "tests/main.cpp"} == here and here, f"sources differ: {there ^ here}")


def single_header():
    build = BUILD / "single_header"
    build.mkdir()
    run("make", "-C", CONSUMERS / "single_header", "-B", f"OUT={build / 'consumer'}", f"CXX={CXX}", f"NOTCH_SOURCE={REPOSITORY}")
    check_program("single_header", build / "consumer")


def checks():
    major, minor, patch = version()
    yield "single_header", single_header
    yield "add_subdirectory", add_subdirectory
    yield "fetch_content", fetch_content
    yield "install, then move", install
    yield "add_subdirectory with NOTCH_INSTALL", add_subdirectory_with_options
    for wanted in (f"{major}.{minor}", f"{major}.{minor}.{patch}"):
        yield f"find_package {wanted}", lambda wanted=wanted: find_package(wanted, True)
    for wanted in (f"{major}.{minor + 1}", f"{major + 1}.0", f"{major}.{minor}.{patch + 1}", f"{major}.0" if minor else "9.9"):
        yield f"find_package {wanted} is refused", lambda wanted=wanted: find_package(wanted, False)
    yield "pkg_config", pkg_config
    yield "meson_subproject", meson_subproject
    yield "meson install", meson_install
    yield "meson tests", meson_tests


def main():
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    failed = False
    for name, check in checks():
        try:
            check()
            print(f"ok {name}", flush=True)
        except (Failure, OSError) as failure:
            print(f"FAIL {name}: {failure}", flush=True)
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
