# What each target does stands in scripts/tasks.py; `make help` lists them.
# Arguments: make test ARGS="-k sqlite"
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: setup run test check fmt lock migrate demo audit cases help
setup run test check fmt lock migrate demo audit cases help:
	@$(PYTHON) -m scripts.tasks $@ $(ARGS)
