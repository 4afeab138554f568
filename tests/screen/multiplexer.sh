#!/bin/bash
# The program inside real terminal multiplexers, tmux and GNU screen, which have a terminal description, a size and a
# way with keys of their own: it starts, paints, answers keys, and leaves what stood there before. One line a test:
# `ok - name`, `not ok - name` with the screen, or `skip - name: why` where the multiplexer is not installed.
set -u
bin=${SFCRIME_BIN:?the program to test}
factor=${TEST_TIME_FACTOR:-1}
factor=${factor%.*}
export LANG=C.UTF-8 LC_ALL=C.UTF-8
folder=$(mktemp -d "${TMPDIR:-/tmp}/mux-XXXXXX") || exit 1
failed=0
export TMUX_TMPDIR=$folder
unset TMUX STY
trap 'tmux_end 2>/dev/null; screen_end 2>/dev/null; rm -rf "$folder"' EXIT

# What each multiplexer calls the same things.
tmux_do() { tmux -L "sfcrime-$$" -f /dev/null "$@"; }
tmux_start() { tmux_do new-session -d -x 100 -y 30 "$1"; }
tmux_press() { tmux_do send-keys "$1"; }
tmux_show() { tmux_do capture-pane -p; }
tmux_end() { tmux_do kill-server; }

screen_do() { SCREENDIR=$folder/sockets screen -S "sfcrime-$$" "$@"; }
screen_start() {
    mkdir -m 700 "$folder/sockets" && printf 'startup_message off\ndefutf8 on\naltscreen on\n' >"$folder/rc" &&
        SCREENDIR=$folder/sockets screen -c "$folder/rc" -U -dmS "sfcrime-$$" sh -c "$1"
}
screen_press() {
    case $1 in
    Tab) screen_do -X stuff $'\t' ;;
    *) screen_do -X stuff "$1" ;;
    esac
}
screen_show() {
    rm -f "$folder/copy"
    screen_do -X hardcopy "$folder/copy" >/dev/null
    # The copy is written by another process, after the answer.
    for _ in $(seq 50); do
        [ -s "$folder/copy" ] && break
        sleep 0.02
    done
    cat "$folder/copy"
}
screen_end() { [ -e "$folder/sockets" ] && screen_do -X quit >/dev/null; }

# until_shown MUX PATTERN: looks for an extended regular expression until its deadline. until_gone: until it is not there.
# Plain text only: a hard copy of GNU screen keeps but a byte of each character.
look() { # WANTED STATUS, MUX, PATTERN
    local end=$((SECONDS + 15 * factor + 1)) found
    while [ $SECONDS -lt "$end" ]; do
        LC_ALL=C grep -qaE -- "$3" < <("$2_show" 2>/dev/null)
        found=$?
        [ $found = "$1" ] && return 0
        sleep 0.1
    done
    echo "# $2: \"$3\" is $([ "$1" = 0 ] && echo not) there:"
    "$2_show" 2>&1 | sed 's/^/#   |/'
    return 1
}
until_shown() { look 0 "$@"; }
until_gone() { look 1 "$@"; }

run() {
    "$1_start" "echo before; '$bin' -r 100; echo ended with \$?; exec cat" &&
        until_shown "$1" 'RUNNING' && until_shown "$1" '1 Calls by type' && until_shown "$1" '[1-9][0-9]* types' &&
        "$1_press" '?' && until_shown "$1" ' Help ' && "$1_press" '?' && until_shown "$1" 'quit' &&
        "$1_press" Tab && "$1_press" z && until_gone "$1" '1 Calls by type' && until_shown "$1" '2 Replay' &&
        "$1_press" q && until_shown "$1" '^ended with 0' && until_shown "$1" '^before'
}

for mux in tmux screen; do
    name="inside $mux it paints, answers keys, and leaves what stood there before"
    if ! command -v "$mux" >/dev/null; then
        echo "skip - $name: $mux is not installed"
        continue
    fi
    if run "$mux"; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        failed=1
    fi
done
exit $failed
