#!/usr/bin/env bash
# From a bare Debian 12, as root or with sudo, to all tests: installs the packages, builds and tests.
# usage: tests/run.sh [PRESET [CTEST ARGUMENT...]]; PRESET is release unless named: debug, clang,
# asan or tsan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tests/support/setup.sh

preset=${1:-release}
case $preset in
    clang | asan) install_packages "${clang_packages[@]}" ;;
    *) install_packages "${test_packages[@]}" ;;
esac
build "$preset"
say "test $preset"
ctest --preset "$preset" --parallel "$(nproc)" "${@:2}"
