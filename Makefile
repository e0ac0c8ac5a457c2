# Every target sets up what it lacks first (.ci/setup); from the second time on that takes no time.
BIN := .venv/bin

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 15

demo: setup ## the firmware on a real MicroPython, driving an emulated pack: a table and out/demo/report.html
	@$(BIN)/bms demo

test: lint ## what CI runs: lint, then all tests but the long ones
	@$(BIN)/python -m pytest -m "not long" -n auto --dist loadfile

long: setup ## before a release: all closed-loop drives, days of use, many orders of events (half an hour on two cores)
	@.ci/long

bench: setup ## speed, and what got slower since the last saved run
	@$(BIN)/python -m pytest tests/bench --benchmark-only --benchmark-autosave --benchmark-compare
	@$(BIN)/python .ci/slower
	@$(BIN)/bms bench speed

accuracy: setup ## the estimator on measured cells beside two baselines, and every budget (docs/accuracy.md)
	@.ci/accuracy

mutants: setup ## change every number of the table of diagnoses, one at a time: a test must fail for each
	@$(BIN)/python -m tests.mutants

lint: setup ## ruff and the type checker, over the desktop and the firmware
	@.ci/lint

clean: ## take away all that was set up or built here, and out/
	rm -rf .venv build node_modules out *.egg-info fastcore/*.so .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@.ci/setup

.PHONY: help demo test long bench accuracy mutants lint clean setup
