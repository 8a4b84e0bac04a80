#!/bin/sh
# Say in one sentence what this machine lacks to build the environment.
# usage: preflight.sh [PYTHON]
set -eu

python=${1:-python3}

stop() {
    echo "blackletter: $1" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    stop "no '$python' on this machine: run 'apt-get install python3 python3-venv python3-dev gcc', or say 'make PYTHON=/path/to/python3.11'."

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    stop "'$python' is older than Python 3.11: say 'make PYTHON=python3.11' (Debian 12's python3 is 3.11)."

"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    stop "'$python' cannot make a virtual environment: run 'apt-get install python3-venv'."

# durable_rules is a C extension without wheels, wanted below Python 3.13 only.
if "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then
    compiler=$("$python" -c 'import sysconfig; print((sysconfig.get_config_var("CC") or "gcc").split()[0])')
    command -v "${CC:-$compiler}" >/dev/null 2>&1 ||
        stop "no C compiler, which durable_rules needs to build: run 'apt-get install gcc'."
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    [ -f "$headers/Python.h" ] ||
        stop "Python.h is missing, which durable_rules needs to build: run 'apt-get install python3-dev'."
else
    echo "blackletter: durable_rules does not build on Python 3.13 and later, so live sessions use the bit-parallel evaluator; Python 3.11 or 3.12 has both." >&2
fi
