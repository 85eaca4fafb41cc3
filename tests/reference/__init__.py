"""Reference runs: the platform and the users on one machine, written to docs/load.md."""
