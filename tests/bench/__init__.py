"""What the platform costs, measured side by side with its peers: ``make bench``."""
