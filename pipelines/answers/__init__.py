"""Questions that the command line answers from the current release: ranks, indicators, explanations."""
