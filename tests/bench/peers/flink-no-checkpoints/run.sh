#!/usr/bin/env bash
# The same as tests/bench/peers/flink, without checkpoints.
CHECKPOINTS=off exec "$(dirname "${BASH_SOURCE[0]}")/../flink/run.sh" "$@"
