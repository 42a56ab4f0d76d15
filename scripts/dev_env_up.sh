#!/bin/sh
# Make everything that working on the project needs.
cd "$(dirname "$0")/.." && exec "${PYTHON:-python3}" -m scripts.tasks setup
