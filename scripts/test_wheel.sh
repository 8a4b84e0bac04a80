#!/bin/sh
# Test an installed wheel away from the source tree.
# usage: test_wheel.sh PYTHON [PYTEST-ARGUMENT...]
# The tests, notebooks and pages are copied to a temporary folder without toolkit/
# and rulesets/, so `import blackletter` can only mean the wheel in PYTHON's environment.
set -eu

checkout=$(cd "$(dirname "$0")/.." && pwd)
python=$checkout/${1#"$checkout"/}
shift

outside=$(mktemp -d "${TMPDIR:-/tmp}/blackletter-test.XXXXXX")
trap 'rm -rf "$outside"' EXIT
trap 'exit 130' INT TERM

cd "$checkout"
for item in tests notebooks scripts benchmarks docs pyproject.toml Makefile ./*.md; do
    if [ -e "$item" ]; then cp -R "$item" "$outside/"; fi
done
cd "$outside"

unset PYTHONPATH
export PYTHONSAFEPATH=1 # the current folder is not importable
export PYTHONDONTWRITEBYTECODE=1
export JUPYTER_PREFER_ENV_PATH=1 # kernels of this environment first
export BLACKLETTER_ARTIFACTS="${BLACKLETTER_ARTIFACTS:-$checkout/artifacts}"
PATH=$(dirname "$python"):$PATH
export PATH

"$python" - "$checkout" <<'PY'
import sys
from pathlib import Path

import blackletter

home = Path(blackletter.__file__).resolve()
if home.is_relative_to(Path(sys.argv[1]) / "toolkit"):
    sys.exit(f"blackletter: {home} is the checkout, not the wheel")
if not (home.parent / "rulesets").is_dir():
    sys.exit(f"blackletter: the wheel in {home.parent} carries no law")
print(f"testing {home.parent}")
PY

if [ -d notebooks ]; then set -- notebooks "$@"; fi

# Files are shared out between two workers; a browser and what it looks at have the machine to themselves, afterwards.
run() {
    words=$1
    shift
    {
        code=0
        "$python" -m pytest tests --pyargs blackletter --doctest-modules \
            --nbval --nbval-current-env --nbval-sanitize-with tests/sanitize.cfg --nbval-cell-timeout 120 \
            --color=no "$@" || code=$?
        echo "$code" >code
    } 2>&1 | tee -a log
    code=$(cat code)
    if [ "$code" = 5 ]; then return 0; fi # none chosen by -k or -m
    if [ "$code" != 0 ]; then failed="$failed $words"; fi
}

failed=
run 'without a browser' "$@" -m 'not browser' --numprocesses "${BLACKLETTER_WORKERS:-2}" --dist loadfile
run 'with a browser' "$@" -m browser
grep -E '^(FAILED|ERROR) ' log || true # what failed, once more at the end
if [ -n "$failed" ]; then echo "blackletter: tests failed:$failed"; fi
grep -E '^=+ .*(passed|failed|error).* in [0-9]' log | tail -n 2
if [ -n "$failed" ]; then exit 1; fi
