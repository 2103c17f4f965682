#!/bin/sh
# Runs the environment's Python, on every system: pre-commit's hooks start here
for python in .venv/bin/python .venv/Scripts/python.exe; do
    [ -x "$python" ] && exec "$python" "$@"
done
echo "There is no environment yet: run make setup" >&2
exit 1
