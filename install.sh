#!/bin/sh
# Sets up footprint-timers for whoever runs this: a private environment under the data directory,
# the commands in ~/.local/bin, the timers in the operating system's own scheduler.
# Safe to repeat, from any directory; nothing is left half made.
set -eu

main() {
    case ${1-} in
        -h | --help) usage ;;
        --test) shift && run_tests "$@" ;;
        --demo) no_more_words "$@" && run_demo ;;
        --uninstall) uninstall "$@" ;;
        '') install_all ;;
        *) misused "$1 is not an option" ;;
    esac
}

usage() {
    cat <<'END'
usage: ./install.sh [--demo | --test [PYTEST ARGS] | --uninstall [--purge]]

  (no option)   install, or bring what is installed up to date
  --demo        set up and run the demo; it needs no key and starts no timer
  --test        make a development environment in the checkout and run the tests there
  --uninstall   remove timers, links and environments; --purge: the data too, after asking

Environment: FOOTPRINT_HOME=DIR keeps everything under DIR, PYTHON=FILE chooses the interpreter;
PIP_NO_INDEX and PIP_FIND_LINKS install from a directory of wheels.
Exit: 0 done, 1 failed and rolled back, 2 usage, 78 something has to be changed first.
END
}

no_more_words() {
    [ $# -eq 1 ] || misused "$1 takes no further words"
}

install_all() {
    prepare_home
    require_writable "$bin"
    read_previous
    [ -e "$data/footprint.db" ] || unborn=yes
    make_environment
    switch_environment
    link_commands
    install_timers
    complete=yes
    remove_older_environments
    completions install
    report
}

run_demo() {
    prepare_home
    make_environment
    complete=yes
    step_down
    status=0
    "$environment/bin/footprint" demo || status=$?
    say "Commands to look around with: export PATH=\"$environment/bin:\$PATH\"" \
        "(install them: ./install.sh; remove everything: ./install.sh --uninstall)"
    exit "$status"
}

run_tests() {
    check_person
    find_python
    require_writable "$checkout"
    take_lock "$checkout/.venv.lock"
    environment=$checkout/.venv
    build=$(fingerprint pyproject.toml requirements-dev.txt)
    [ ! -e "$environment" ] || [ -f "$environment/$mark" ] ||
        refuse "$environment was not made by install.sh" "mv '$environment' '$environment.mine'"
    { [ "$(built "$environment")" = "$build" ] && works; } || renew_test_environment
    complete=yes
    step_down
    cd "$checkout"
    exec "$environment/bin/python" -m pytest "$@"
}

# The old environment comes back when the new one cannot be made.
renew_test_environment() {
    rm -rf "$environment.old"
    if [ -e "$environment" ]; then
        mv "$environment" "$environment.old"
        replaced=$environment
    fi
    build_environment requirements-dev.txt --editable
    rm -rf "$environment.old"
}

# ---- preconditions: each refusal says what is wrong and the command that mends it

prepare_home() {
    check_person
    umask 077
    find_places
    find_python
    require_writable "$data"
    # The launchers that pip writes into a long path go through a shell.
    case $data in
        *[\$\`\"\\]*) refuse "$data holds a character that a shell expands" \
            "FOOTPRINT_HOME=DIR ./install.sh (with another directory)" ;;
    esac
    make_directory "$data"
    take_lock "$data/.install.lock"
}

check_person() {
    [ -z "${SUDO_USER-}" ] ||
        refuse "sudo would install for root instead of $SUDO_USER" \
            "./install.sh (without sudo; for root itself: env -u SUDO_USER ./install.sh)"
    [ -d "${HOME:-/nonexistent}" ] ||
        refuse "HOME does not name a directory" "HOME=DIR ./install.sh"
    [ -f "$checkout/requirements-dev.txt" ] ||
        refuse "$checkout is not a checkout of footprint-timers" \
            "sh CHECKOUT/install.sh (with the directory you cloned)"
}

# The same places as digital_footprint/config.py; a test holds the two together.
find_places() {
    bin=$HOME/.local/bin
    if [ -n "${FOOTPRINT_HOME-}" ]; then
        case $FOOTPRINT_HOME in
            /*) ;;
            [~] | [~]/*) FOOTPRINT_HOME=$HOME${FOOTPRINT_HOME#[~]} ;;
            *) FOOTPRINT_HOME=$PWD/$FOOTPRINT_HOME ;;
        esac
        export FOOTPRINT_HOME
        config=$FOOTPRINT_HOME data=$FOOTPRINT_HOME state=$FOOTPRINT_HOME
    elif [ "$(uname)" = Darwin ]; then
        config="$HOME/Library/Application Support/digital-footprint"
        data=$config state=$config
    else
        config=${XDG_CONFIG_HOME:-$HOME/.config}/digital-footprint
        data=${XDG_DATA_HOME:-$HOME/.local/share}/digital-footprint
        state=${XDG_STATE_HOME:-$HOME/.local/state}/digital-footprint
    fi
}

find_python() {
    python=
    if [ -n "${PYTHON-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.14 python3.13 python3.12 python3.11
    fi
    for candidate in "$@"; do
        new_enough "$candidate" || continue
        python=$(command -v "$candidate")
        break
    done
    [ -n "$python" ] || refuse_python "$1"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        refuse "$python lacks its venv module" "$(system_command python3-venv python3)"
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

refuse_python() {
    found=$("$1" -c 'import platform; print(platform.python_version())' 2>/dev/null) ||
        refuse "$1 is not here, and Python 3.11 or newer is needed" \
            "$(system_command 'python3 python3-venv' python3)"
    refuse "$1 is Python $found, and 3.11 or newer is needed" \
        "PYTHON=FILE ./install.sh (with a newer interpreter)"
}

# The command that installs a package: Debian's name for it, everybody else's.
system_command() {
    [ "$(id -u)" -eq 0 ] && sudo='' || sudo='sudo '
    if command -v apt-get >/dev/null; then
        echo "${sudo}apt-get install $1"
    elif command -v dnf >/dev/null; then
        echo "${sudo}dnf install $2"
    elif command -v zypper >/dev/null; then
        echo "${sudo}zypper install $2"
    elif command -v apk >/dev/null; then
        echo "${sudo}apk add $2"
    else
        echo "${sudo}pacman -S ${2%3}"
    fi
}

# Trying is the only proof: root may do what the mode bits deny, nobody what a mount denies.
require_writable() {
    place=$1
    until [ -e "$place" ] || [ -L "$place" ]; do place=$(dirname -- "$place"); done
    [ -d "$place" ] || refuse "$place is not a directory" "mv '$place' '$place.old'"
    if probe=$(LC_ALL=C mktemp -d "$place/.footprint-XXXXXX" 2>&1); then
        rmdir "$probe"
        return
    fi
    case $probe in
        *Read-only*) refuse "$place is on a read-only file system" \
            "sudo mount -o remount,rw '$(df -P "$place" | awk 'NR == 2 { print $6 }')'" ;;
        *[Ss]pace*) refuse "$place is on a full disk" "df -h '$place'" ;;
        *) refuse "$place cannot be written by $(id -un)" \
            "sudo chown '$(id -un)' '$place' && chmod u+rwx '$place'" ;;
    esac
}

# ---- the environment: built at its final path, then the link `env` moves to it in one step

make_environment() {
    version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$checkout/digital_footprint/__init__.py")
    build=$(fingerprint pyproject.toml requirements.txt footprint_timers digital_footprint templates)
    environment=$data/env-$version
    number=1
    # Another build of the same version stays beside this one: a job may be running in it.
    while taken "$environment"; do
        number=$((number + 1))
        environment=$data/env-$version.$number
    done
    if [ "$(built "$environment")" = "$build" ] && works; then
        say "$environment is up to date"
    else
        rm -rf "$environment"
        build_environment requirements.txt
    fi
}

# What was installed by which interpreter; equal means there is nothing to do.
fingerprint() (
    cd "$checkout"
    {
        "$python" -c 'import sys; print(sys.version, sys.executable)'
        find "$@" -type f ! -name '*.pyc' -exec cksum {} + | LC_ALL=C sort
    } | cksum | tr ' ' -
)

built() {
    cat "$1/$mark" 2>/dev/null || echo nothing
}

# A name is taken by another complete build and by whatever is not ours.
taken() {
    case $(built "$1") in
        "$build" | unfinished) return 1 ;;
        nothing) [ -e "$1" ] || [ -L "$1" ] ;;
        *) return 0 ;;
    esac
}

works() {
    "$environment/bin/footprint-job" --help >"$log" 2>&1 &&
        "$environment/bin/python" -I -c 'from digital_footprint import selftest; selftest.libraries()' \
            >"$log" 2>&1
}

build_environment() {
    requirements=$1
    shift
    say "Making $environment (this can take a minute) ..."
    building=$environment
    mkdir "$environment"
    echo unfinished >"$environment/$mark"
    "$python" -m venv "$environment" >"$log" 2>&1 || failed
    install_packages --require-hashes --requirement "$checkout/$requirements"
    install_packages --no-deps --no-build-isolation "$@" "$checkout"
    works || failed
    echo "$build" >"$environment/$mark"
}

# Whatever a person's own settings say, packages go into the environment and nowhere else.
install_packages() {
    (
        unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT
        PIP_USER=0 exec "$environment/bin/python" -m pip install \
            --quiet --disable-pip-version-check --no-input --no-cache-dir "$@"
    ) >"$log" 2>&1 || explain_pip
}

explain_pip() {
    missing=$(sed -n 's/^ERROR: No matching distribution found for \([^ ]*\).*/\1/p' "$log")
    # Every pin is on the index; where no version of one is found at all, no index was.
    if [ -n "$missing" ] && [ -n "${PIP_NO_INDEX-}" ]; then
        refuse "PIP_NO_INDEX is set and PIP_FIND_LINKS holds no $missing" \
            "unset PIP_NO_INDEX, or: pip download -d DIR -r '$checkout/$requirements'"
    elif grep -q -e 'from versions: none' -e 'connection broken by' "$log"; then
        refuse "the package index cannot be reached" \
            "./install.sh (once this machine is online; offline: PIP_NO_INDEX=1 PIP_FIND_LINKS=DIR)"
    fi
    failed
}

read_previous() {
    previous=$(readlink "$data/env" || true)
    case $previous in
        env-*) ;;
        *) [ ! -e "$data/env" ] || refuse "$data/env is not ours" "mv '$data/env' '$data/env.old'" ;;
    esac
}

switch_environment() {
    [ "$previous" != "${environment##*/}" ] || return 0
    switched=yes
    point_environment "${environment##*/}"
}

# ln and mv would follow the old link into its directory; rename(2) does not.
point_environment() {
    ln -s "$1" "$data/.env.new"
    "$python" -c 'import os, sys; os.replace(sys.argv[1], sys.argv[2])' \
        "$data/.env.new" "$data/env"
}

# The one before stays: a job may still run in it.
remove_older_environments() {
    for old in "$data"/env-*; do
        case ${old##*/} in
            "${environment##*/}" | "$previous") continue ;;
        esac
        [ "$previous" = "${environment##*/}" ] || [ ! -f "$old/$mark" ] || rm -rf "$old"
    done
}

# ---- commands and timers

link_commands() {
    make_directory "$bin"
    for name in $commands; do
        target=$data/env/bin/$name
        if [ ! -x "$target" ]; then
            remove_link "$name"
        elif [ -e "$bin/$name" ] || [ -L "$bin/$name" ]; then
            ours "$name" || say "$bin/$name is not ours and stays as it is; use $target, or move it" \
                "away and run ./install.sh again: mv '$bin/$name' '$bin/$name.old'"
        else
            ln -s "$target" "$bin/$name"
            linked="$linked $name"
        fi
    done
}

ours() {
    [ "$(readlink "$bin/$1")" = "$data/env/bin/$1" ]
}

remove_link() {
    ! ours "$1" || rm -f "$bin/$1"
}

# For those commands alone whose name means ours: Tab starts what it completes.
# What is left as it is gets named, and nothing else depends on it.
completions() {
    action=$1
    set --
    for name in footprint footprint-job footprint-timers; do
        ! ours "$name" || set -- "$@" "$name"
    done
    [ $# -eq 0 ] || [ ! -x "$data/env/bin/footprint" ] ||
        "$data/env/bin/footprint" completion "$action" "$@" || true
}

# It would send an assistant to commands that are gone. One that was edited stays, and is named.
remove_skill() {
    ! ours footprint || [ ! -f "$HOME/.claude/skills/schedule/SKILL.md" ] ||
        [ ! -x "$data/env/bin/footprint" ] || "$data/env/bin/footprint" skill remove || true
}

install_timers() {
    status=0
    "$data/env/bin/footprint-timers" install --yes || status=$?
    case $status in
        0) ;;
        69)
            unscheduled=yes
            say "The software is installed, without timers: start a job with footprint-job run NAME"
            ;;
        78)
            # Timers of the system are root's to change, and it has just been said how.
            "$data/env/bin/footprint-timers" status --json 2>/dev/null |
                grep -q '"scope": "system"' || exit 78
            ;;
        *) say "install.sh: the timers could not be installed; nothing was changed" && exit 1 ;;
    esac
}

report() {
    # Why no scheduler answers has just been said.
    if [ -n "$unscheduled" ]; then
        "$data/env/bin/footprint-timers" status 2>/dev/null || true
    else
        "$data/env/bin/footprint-timers" status || true
    fi
    case :$PATH: in
        *:"$bin":*) ;;
        *) say "$bin is not on PATH; log in again, or: export PATH=\"$bin:\$PATH\"" ;;
    esac
    cat <<END

What next:
  footprint setup                  asks who is watched, by which services, and how you are told
  footprint-job run breach_recheck the first check, now
  footprint report --open          what to do, in the browser
  footprint-timers status          what the operating system will start, and when
END
}

# ---- removal

uninstall() {
    purge=
    case $#,${2-} in
        1,) ;;
        2,--purge) purge=yes ;;
        *) misused "--uninstall takes nothing but --purge" ;;
    esac
    check_person
    find_places
    [ -z "$purge" ] || ask_purge
    [ ! -d "$data" ] || take_lock "$data/.install.lock"
    uninstall_timers
    completions remove
    remove_skill
    for name in $commands; do remove_link "$name"; done
    remove_environments
    step_down
    [ -z "$purge" ] || purge_data
    rmdir "$data" 2>/dev/null || true
    say "footprint-timers is uninstalled"
    [ ! -d "$data" ] || say "kept: $data"
}

uninstall_timers() {
    status=0
    if [ -x "$data/env/bin/footprint-timers" ]; then
        "$data/env/bin/footprint-timers" uninstall --yes || status=$?
        case $status in
            0) ;;
            69 | 78) exit 78 ;;
            *) exit 1 ;;
        esac
        return
    fi
    units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
    if [ -z "${FOOTPRINT_HOME-}" ] && grep -qs FOOTPRINT_HOME= "$units"/footprint-*.service; then
        refuse "the timers that are installed belong to another FOOTPRINT_HOME" \
            "FOOTPRINT_HOME=DIR ./install.sh --uninstall (with the one in $units)"
    elif ls "$units"/footprint-*.timer >/dev/null 2>&1; then
        refuse "the environment that can remove the timers is gone" \
            "./install.sh && ./install.sh --uninstall"
    fi
}

remove_environments() {
    case $(readlink "$data/env" || true) in
        env-*) rm -f "$data/env" ;;
    esac
    for old in "$data"/env-*; do
        [ ! -f "$old/$mark" ] || rm -rf "$old"
    done
}

ask_purge() {
    printf 'Delete database, reports, settings and keys under %s for good? Type yes: ' "$data"
    answer=
    read -r answer || true
    [ "$answer" = yes ] || refuse "nothing was removed, for the answer was not yes" \
        "./install.sh --uninstall (keeps the data)"
}

# Only names this program gives; a directory goes only when nothing else is in it.
purge_data() {
    day='[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
    purge_files "$config" config.toml secrets.toml
    purge_files "$data/reports" "$day.md" "$day.html" "$day-opened.md" "$day-opened.html" \
        latest.md latest.html
    purge_files "$data/backups" 'footprint-*.db'
    purge_files "$data" footprint.db footprint.db-wal footprint.db-shm footprint.db-journal
    purge_files "$state/locks" '*.lock' '*.trigger' '*.activation'
    purge_files "$state/failures" 'footprint-*'
    rm -rf "$state/probes/holehe" "$state/probes/user_scanner"
    purge_files "$state/probes"
    purge_files "$state" timers.json scheduler.lock scheduler.log 'scheduler.log.[0-9]*'
    purge_files "$config"
    purge_files "$data"
}

purge_files() (
    cd "$1" 2>/dev/null || exit 0
    [ ! -L "$1" ] || exit 0
    shift
    # The words are patterns, and are meant to be: nobody else's name has this shape.
    # shellcheck disable=SC2048
    for file in $*; do
        [ ! -f "$file" ] || rm -f "$file"
    done
    rmdir "$PWD" 2>/dev/null || true
)

# ---- every exit passes here

# Undo what was not completed, newest first, and let the next one in.
undo() {
    set +e
    if [ -z "$complete" ]; then
        for name in $linked; do rm -f "$bin/$name"; done
        [ -z "$switched" ] || switch_back
        # footprint-timers makes the database first; without an installation there is none.
        [ -z "$unborn" ] || rm -f "$data/footprint.db" "$data/footprint.db-wal" "$data/footprint.db-shm"
        [ -z "$building" ] || rm -rf "$building"
        [ -z "$replaced" ] || mv "$replaced.old" "$replaced"
    fi
    step_down
    [ -n "$complete" ] || printf '%s' "$made" | while IFS= read -r directory; do
        rmdir "$directory" 2>/dev/null || true
    done
}

switch_back() {
    rm -f "$data/.env.new"
    if [ -n "$previous" ]; then
        point_environment "$previous"
    else
        rm -f "$data/env"
    fi
}

step_down() {
    [ -z "$lock" ] || rm -f "$lock"
    lock=
    rm -f "$log"
}

# A link whose target is our process: made in one step, and it tells who holds it.
take_lock() {
    if ! ln -s "$$" "$1" 2>/dev/null; then
        holder=$(readlink "$1" || true)
        ! kill -0 "${holder:-0}" 2>/dev/null ||
            refuse "another install.sh is at work (process $holder)" "tail --pid=$holder -f /dev/null"
        rm -f "$1"
        ln -s "$$" "$1"
    fi
    lock=$1
}

make_directory() {
    [ ! -d "$1" ] || return 0
    make_directory "$(dirname -- "$1")"
    mkdir "$1"
    made="$1
$made"
}

say() {
    printf '%s\n' "$*"
}

refuse() {
    printf 'install.sh: %s; mend it with: %s\n' "$1" "$2" >&2
    exit 78
}

misused() {
    printf 'install.sh: %s; see: ./install.sh --help\n' "$1" >&2
    exit 2
}

failed() {
    tail -n 20 "$log" >&2
    say "install.sh: $environment could not be made and is removed again; see above" >&2
    exit 1
}

commands='footprint footprint-job footprint-timers footprint-mcp'
mark=.footprint
checkout=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
complete='' building='' replaced='' switched='' previous='' linked='' unborn='' made='' lock='' unscheduled=''
log=$(mktemp) || refuse "no file can be made in ${TMPDIR:-/tmp}" "df -h '${TMPDIR:-/tmp}'"
trap undo EXIT
trap 'exit 1' HUP INT TERM
main "$@"
