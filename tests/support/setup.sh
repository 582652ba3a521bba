# shellcheck shell=bash disable=SC2034
# Sourced by the scripts that set up a machine: the one list of Debian 12 packages, and how to get them.
# Whoever sources this file stands in the project's root and has `set -euo pipefail`.

build_packages=(g++ cmake ninja-build libboost-graph-dev libboost-program-options-dev
    libfmt-dev libhwloc-dev libisal-dev libssl-dev nlohmann-json3-dev pkg-config)
test_packages=("${build_packages[@]}" doctest-dev librapidcheck-dev zlib1g-dev)
clang_packages=("${test_packages[@]}" clang libclang-rt-14-dev)
lint_packages=(clang-format-14 clang-tidy-14 python3-jsonschema shellcheck)
bench_packages=("${test_packages[@]}" libbenchmark-dev valgrind)

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# Installs what is missing of the packages named; asks nothing and needs no network if none is.
install_packages() {
    command -v apt-get >/dev/null || fail "expected Debian 12 with apt-get; needed: $*"
    local package missing=()
    for package in "$@"; do
        [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
            missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    say "install ${missing[*]}"
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "run as root or install sudo; missing: ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# build PRESET [CMAKE ARGUMENT...]: configures and builds it, through ccache where that is installed.
build() {
    say "build $1"
    if command -v ccache >/dev/null; then
        export CMAKE_CXX_COMPILER_LAUNCHER=ccache
        export CCACHE_SLOPPINESS=pch_defines,time_macros  # or it keeps nothing with precompiled headers
    fi
    cmake --preset "$@"
    cmake --build --preset "$1"
}
