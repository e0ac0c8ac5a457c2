"""One figure of a description: its value, its range, how it is known, and from where."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Status = Literal["disclosed", "reported", "derived", "fitted", "assumed"]


class Strict(BaseModel):
    """A part of a description: no key that is not known, no infinite figure."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Quantity(Strict):
    """One figure: value within low..high, how it is known, and from where."""

    value: float
    low: float
    high: float
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value} lies outside low {self.low} .. high {self.high}")
        return self
