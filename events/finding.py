"""What an examination of the live AWS side found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; without a fault, ``mend`` is empty."""

    what: str
    fault: str = ""
    mend: str = ""

    @property
    def is_good(self) -> bool:
        return not self.fault
