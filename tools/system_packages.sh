#!/bin/sh
# Install what the build needs from the system, on Debian and Ubuntu; nothing when all is there. With the name
# of a target of the Makefile, also what only that needs: system_packages.sh aarch64
set -eu

missing=
need() { # need COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
if [ "${1:-}" = aarch64 ]; then
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
    need qemu-aarch64 qemu-user
    [ -e /usr/aarch64-linux-gnu/include/stdio.h ] || missing="$missing libc6-dev-arm64-cross"
fi
if [ "${1:-}" = bench-check ]; then
    need valgrind valgrind
fi
if [ "${1:-}" = fuzz ]; then
    need clang-14 clang-14
    ls /usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.fuzzer-* >/dev/null 2>&1 ||
        missing="$missing libclang-rt-14-dev"
fi
if [ "${1:-}" = verify ]; then
    need spin spin
    need frama-c frama-c-base
fi
if [ "${1:-}" = test ]; then
    need mount mount
    need setpriv util-linux
    need systemd-analyze systemd
fi
if [ "${1:-}" = pku ]; then
    need qemu-system-x86_64 qemu-system-x86
    need setpriv util-linux
fi
need cc gcc
need c++ g++
need cmake cmake
need ninja ninja-build
need make make
need patch patch
[ -e /usr/include/re2/re2.h ] || missing="$missing libre2-dev"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
python3 -c 'import os, sysconfig
os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null ||
    missing="$missing python3-dev"
[ -z "$missing" ] && exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root='sudo -n'
fi
if ! command -v apt-get >/dev/null || ! $as_root true 2>/dev/null; then
    echo "plib needs these Debian packages, please install them:$missing" >&2
    exit 1
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -qq -y --no-install-recommends $missing
