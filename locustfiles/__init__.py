"""Load from outside, as clients make it: they know the HTTP API and nothing else."""
