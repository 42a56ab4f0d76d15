#!/bin/sh
# All checks, then all tests.
set -e
cd "$(dirname "$0")/.."
"${PYTHON:-python3}" -m scripts.tasks check
exec "${PYTHON:-python3}" -m scripts.tasks test
