"""One figure of a description: its value, its range, how it is known, and from where."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Status = Literal["disclosed", "reported", "derived", "fitted", "assumed"]
Figure = Annotated[float, Field(strict=True)]  # neither "16" nor true is a number


class Strict(BaseModel):
    """A part of a description: no key that is not known, no infinite figure."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Quantity(Strict):
    """One figure: value within low..high, how it is known, and from where."""

    value: Figure
    low: Figure
    high: Figure
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value} lies outside low {self.low} .. high {self.high}")
        return self


def within(least: float, most: float, *, whole: bool = False) -> AfterValidator:
    """For Annotated: refuses a Quantity whose value, low or high lies outside least..most, or is no whole number."""

    def checked(given: Quantity) -> Quantity:
        for key in ("value", "low", "high"):
            figure = getattr(given, key)
            if not least <= figure <= most or (whole and figure != round(figure)):
                kind = "whole numbers of " if whole else ""
                raise ValueError(f"{key} is {figure:.10g}, allowed are {kind}{least:g} .. {most:g}")
        return given

    return AfterValidator(checked)


# Figures of a kind, with what no cell can lie beyond; what must be above 0 begins at the least that could be meant.
Share = Annotated[Quantity, within(0, 1)]
Factor = Annotated[Quantity, within(0, 100)]  # of growth, or a share that may be above 1
ActivationEv = Annotated[Quantity, within(0, 2)]  # salts in polymers reach 1.2
TemperatureC = Annotated[Quantity, within(-100, 200)]
TimeS = Annotated[Quantity, within(1e-3, 1e7)]
RateC = Annotated[Quantity, within(1e-3, 1e3)]  # currents as multiples of the capacity in an hour
Milliohm = Annotated[Quantity, within(0, 1e6)]
Millivolt = Annotated[Quantity, within(0, 1e3)]
Volt = Annotated[Quantity, within(0.1, 10)]
