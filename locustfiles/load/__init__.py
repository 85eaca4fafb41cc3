"""What the personas share, and the run around them: ``python -m locustfiles.load --help``."""
