"""The staff's place in a real browser: Debian's Chromium, against the running platform."""
