"""Event types: what they promise of their payloads, compiled, compared, and kept as files.

jsonschema-rs checks payloads: complete in draft 2020-12, well kept, linear in its patterns, exact
in its numbers, and done in a microsecond where jsonschema takes 150 and backtracks in patterns.
fastjsonschema ends at draft 7.
"""

from events.event_types.comparison import Comparison, Difference, Verdict, compare
from events.event_types.definition import Definition, Mode, check_name
from events.event_types.files import InvalidFile, read_file, write_file
from events.event_types.record import EventTypeRecord
from events.event_types.schema import Fault, InvalidSchema, Schema, compile_schema
from events.event_types.text import pretty

__all__ = [
    "Comparison",
    "Definition",
    "Difference",
    "EventTypeRecord",
    "Fault",
    "InvalidFile",
    "InvalidSchema",
    "Mode",
    "Schema",
    "Verdict",
    "check_name",
    "compare",
    "compile_schema",
    "pretty",
    "read_file",
    "write_file",
]
