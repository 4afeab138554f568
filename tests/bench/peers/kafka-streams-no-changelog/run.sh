#!/usr/bin/env bash
# The same as tests/bench/peers/kafka-streams, without a changelog of its state.
CHANGELOG=off exec "$(dirname "${BASH_SOURCE[0]}")/../kafka-streams/run.sh" "$@"
