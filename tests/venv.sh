# Packages of PyPI that tests use, each in a virtual environment of its own; sourced. It is no program of its own.
# shellcheck shell=bash

# venv_with FOLDER REQUIREMENT [PIP OPTIONS...]: there, once. Calls `skip` of whoever sources this, with the reason,
# where it cannot be had.
venv_with() {
    local home=$1 wanted=$2 reason
    shift 2
    venv_works "$home" && return
    command -v python3 >/dev/null || skip "no python3"
    mkdir -p "${home%/*}" || skip "cannot make ${home%/*}"
    # Two runs at once must not fill the same folder.
    exec 9>"$home.lock"
    flock 9
    if ! venv_works "$home"; then
        rm -rf "$home"
        if ! python3 -m venv "$home" >"$home.log" 2>&1; then
            rm -rf "$home"
            skip "python3 has no venv (on Debian: apt install python3-venv)"
        fi
        if ! "$home/bin/pip" install --disable-pip-version-check "$@" "$wanted" >>"$home.log" 2>&1; then
            reason=$(grep -m1 -E '^ERROR' "$home.log" | cut -c1-90)
            rm -rf "$home"
            skip "no network: pip cannot install $wanted (${reason:-no reason given}; all of it in $home.log)"
        fi
        touch "$home/complete"
    fi
    exec 9>&-
}

# Whole, and of a Python that this system still has.
venv_works() { # FOLDER
    [ -e "$1/complete" ] && "$1/bin/python" -c '' 2>/dev/null
}
