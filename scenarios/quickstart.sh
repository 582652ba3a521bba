#!/usr/bin/env bash
# From a bare Debian 12, as root or with sudo, to the main job: installs the packages, builds
# pcpsim and compares three drain strategies on a 2-socket EPYC 7742 with the published table.
# Arguments go to `pcpsim compare`, for example --replications 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tests/support/setup.sh

install_packages "${build_packages[@]}"
build release -DBUILD_TESTING=OFF
say "pcpsim compare"
build/release/pcpsim compare scenarios/epyc-7742-pft.json \
    --reference scenarios/reference/pft-2022-rcu.json "$@"
