#!/bin/sh
# Have a Chromium for the browser tests: find one, or install Debian's when root.
# Prints its path. Without one, says what to install; the tests then skip, or fail in CI.
set -eu

find_chromium() {
    for name in ${BLACKLETTER_CHROMIUM:-} chromium chromium-browser google-chrome; do
        command -v "$name" 2>/dev/null && return 0
    done
    return 1
}

find_chromium && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "blackletter: installing Debian's chromium for the browser tests" >&2
    log=$(mktemp)
    {
        apt-get update -q &&
            DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
                chromium fonts-dejavu-core
    } >"$log" 2>&1 || tail -n 5 "$log" >&2
    rm -f "$log"
    find_chromium && exit 0
fi

echo "blackletter: no Chromium, so the browser tests cannot run: run 'apt-get install chromium'." >&2
