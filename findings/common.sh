# Shared by the findings: read by each with ". common.sh", not run on its own.
# Makes a temporary folder and works in it; the folder is removed at exit.
# Exit codes of a finding: 0 still so, 1 changed, 2 could not be tried.
set -eu

findings=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM
cd "$work"
export PYTHONTZPATH=  # time zones come from the pinned tzdata, not from the computer

cannot() {
    printf 'could not be tried: %s\n' "$1" >&2
    exit 2
}

# install_python NAME==VERSION...: a virtual environment with these packages, first on the path.
install_python() {
    python3 -m venv venv || cannot 'python3 -m venv failed'
    venv/bin/pip install --quiet --quiet --disable-pip-version-check "$@" || cannot "pip install $*"
    PATH=$work/venv/bin:$PATH
    printf 'with: Python %s' "$(python -c 'import platform; print(platform.python_version())')"
    printf ', %s' "$@"
    echo
}

# install_node NAME@VERSION...: these packages in ./node_modules.
install_node() {
    command -v npm >/dev/null || cannot 'npm is missing'
    npm install --silent --no-fund --no-audit "$@" >/dev/null || cannot "npm install $*"
    printf 'with: Node.js %s' "$(node --version)"
    printf ', %s' "$@"
    echo
}

expected() {
    printf 'expected: %s\n' "$1"
}

# seen COMMAND...: runs the command and compares what it prints with standard input,
# which is what was printed when the finding was written.
seen() {
    cat >recorded.txt
    status=0
    "$@" >output.txt 2>errors.txt || status=$?
    sed 's/^/seen: /' output.txt
    if [ "$status" -ne 0 ]; then
        cat errors.txt >&2
        printf 'CHANGED: "%s" ended with %s\n' "$*" "$status" >&2
        exit 1
    fi
    if ! diff -u recorded.txt output.txt >&2; then
        printf 'CHANGED: no longer what was recorded (above: - recorded, + now)\n' >&2
        exit 1
    fi
    echo 'still so'
}
