"""Numbers and digits as answers have them."""

from typing import Annotated

from pydantic import Field

Digits16 = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0)]
Ordinal = Annotated[int, Field(ge=1)]
