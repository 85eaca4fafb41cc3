"""The admin's own pages show times as the platform's do."""

DATETIME_FORMAT = r"Y-m-d H:i:s \U\T\C"
