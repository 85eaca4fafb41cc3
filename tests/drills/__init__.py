"""Drills: the platform under faults, as real processes, judged by what clients and handlers saw."""
