#!/bin/sh
# Open JupyterLab on a notebook of this checkout; JupyterLab prints its address.
# usage: BIN=.venv/bin lab.sh NOTEBOOK [JUPYTERLAB-ARGUMENT...]
set -eu

notebook=$1
shift
if [ ! -f "$notebook" ]; then notebook=$(dirname "$notebook"); fi
# JupyterLab refuses to run as root unless told, as in a container.
if [ "$(id -u)" = 0 ]; then set -- --allow-root "$@"; fi

exec "$BIN/jupyter-lab" --ServerApp.root_dir="$PWD" --LabApp.default_url="/lab/tree/$notebook" "$@"
