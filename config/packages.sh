#!/bin/sh
# Sees to the system's packages: `config/packages.sh run|test|ci`.
#
#   run   what building and running the program needs
#   test  the same and what the tests need
#   ci    the same and what the checks of .ci/run need
#
# When all is there it says nothing, asks nobody and needs no network. On Debian and Ubuntu it names what is
# missing and installs it (through sudo when not root). Elsewhere it names the packages and ends with status 1.
set -u

# One requirement a line: set | how to see that it is there | apt | dnf | pacman | brew
# The check is a program's name, a pkg-config module after "pc:", or one of those that present() knows by name.
requirements() {
    cat <<'LIST'
run|make|make|make|make|make
run|cc|gcc libc6-dev|gcc|gcc|gcc
run|pkg-config|pkg-config|pkgconf-pkg-config|pkgconf|pkgconf
run|pc:rdkafka|librdkafka-dev|librdkafka-devel|librdkafka|librdkafka
run|pc:ncursesw|libncurses-dev|ncurses-devel|ncurses|ncurses
run|pc:json-c|libjson-c-dev|json-c-devel|json-c|json-c
run|pc:inih|libinih-dev|inih-devel|libinih|inih
run|pc:zlib|zlib1g-dev|zlib-devel|zlib|zlib
run|pc:sqlite3|libsqlite3-dev|sqlite-devel|sqlite|sqlite
run|pc:libcurl|libcurl4-openssl-dev|libcurl-devel|curl|curl
test|pc:cmocka|libcmocka-dev|cmocka-devel|cmocka|cmocka
test|pc:vterm|libvterm-dev|libvterm-devel|libvterm|libvterm
ci|tmux|tmux|tmux|tmux|tmux
ci|screen|screen|screen|screen|screen
ci|kcat|kcat|kcat|kcat|kcat
ci|valgrind|valgrind|valgrind|valgrind|valgrind
ci|openssl|openssl|openssl|openssl|openssl
ci|python3|python3 python3-venv|python3|python|python
ci|pyflakes3|pyflakes3|python3-pyflakes|python-pyflakes|pyflakes
ci|docker-compose|docker-compose|docker-compose|docker-compose|docker-compose
ci|clang|clang|clang|clang|llvm
ci|clang-format|clang-format|clang-tools-extra|clang|clang-format
ci|libfuzzer|libclang-rt-dev|compiler-rt|compiler-rt|llvm
ci|clang-tidy|clang-tidy|clang-tools-extra|clang|llvm
LIST
}

set_name=${1:-run}
case $set_name in
run) sets=" run " ;;
test) sets=" run test " ;;
ci) sets=" run test ci " ;;
*)
    echo "usage: config/packages.sh run|test|ci" >&2
    exit 2
    ;;
esac

# True when one requirement is met.
present() {
    case $1 in
    pc:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pc:}" ;;
    libfuzzer)
        echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }' |
            clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null
        ;;
    docker-compose) docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# The packages of every requirement that is not met, named as the package manager in column $1 does.
missing() {
    requirements | while IFS='|' read -r set check apt dnf pacman brew; do
        case $sets in *" $set "*) ;; *) continue ;; esac
        present "$check" && continue
        case $1 in
        apt) echo "$apt" ;;
        dnf) echo "$dnf" ;;
        pacman) echo "$pacman" ;;
        brew) echo "$brew" ;;
        esac
    done | tr ' ' '\n' | awk 'NF && !seen[$0]++' | tr '\n' ' ' | sed 's/ $//'
}

names=$(missing apt)
[ -z "$names" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "sfcrime-tui: some packages are missing. Install them, then run the same command again:" >&2
    if command -v dnf >/dev/null 2>&1; then
        echo "  sudo dnf install $(missing dnf)" >&2
    elif command -v pacman >/dev/null 2>&1; then
        echo "  sudo pacman -S --needed $(missing pacman)" >&2
    elif command -v brew >/dev/null 2>&1; then
        echo "  brew install $(missing brew)" >&2
        [ "$(uname -s)" = Linux ] || echo "  (the program itself needs Linux: use a Linux machine or container)" >&2
    else
        echo "  apt:    $names" >&2
        echo "  dnf:    $(missing dnf)" >&2
        echo "  pacman: $(missing pacman)" >&2
        echo "  brew:   $(missing brew)" >&2
    fi
    exit 1
fi

echo "sfcrime-tui: missing packages: $names"
as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    # Without a terminal sudo could not ask for a password: -n makes it fail at once instead of hanging.
    [ -t 0 ] || as_root="sudo -n"
fi

# Says what to type when we could not do it, and gives up.
give_up() {
    with=
    [ -n "$as_root" ] && command -v sudo >/dev/null 2>&1 && with="sudo "
    echo "sfcrime-tui: $1. Please run this${as_root:+ as root}, then start again:" >&2
    echo "  ${with}apt-get update && ${with}apt-get install -y $names" >&2
    exit 1
}

if [ -n "$as_root" ]; then
    command -v sudo >/dev/null 2>&1 || give_up "installing needs root, and there is no sudo here"
    # shellcheck disable=SC2086 # the words of $as_root are meant to be split, here and below
    $as_root true || give_up "installing needs root, and sudo refused"
fi

apt() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

# True when apt already knows every package; a fresh container has empty lists.
known() {
    for name in $names; do
        apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || return 1
    done
}

updated=no
if ! known; then
    apt update || give_up "the package lists could not be fetched (no network?)"
    updated=yes
fi
# shellcheck disable=SC2086
if ! apt install -y --no-install-recommends $names; then
    # Old lists name files that the servers no longer have: fetch new ones and try once more.
    [ "$updated" = no ] && apt update && apt install -y --no-install-recommends $names ||
        give_up "the packages could not be installed"
fi
names=$(missing apt)
[ -z "$names" ] || give_up "still missing after the installation"
