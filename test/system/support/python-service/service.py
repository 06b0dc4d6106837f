"""The probe service in Python; `probe-service.ts` is the same in TypeScript, endpoint for endpoint."""

import datetime as dt
import typing as t

import bentoml
from bentoml.exceptions import BentoMLException, InvalidArgument, NotFound, ServiceUnavailable, UnprocessableEntity
from pydantic import BaseModel


class Item(BaseModel):
    name: str
    price: float
    tags: t.List[str] = []


class Order(BaseModel):
    id: int
    items: t.List[Item]
    note: t.Optional[str] = None


class Token(BaseModel):
    id: int
    text: str


ERRORS = {
    "invalid": InvalidArgument("n must be even"),
    "missing": NotFound("no such cat"),
    "unprocessable": UnprocessableEntity("cannot read the scan"),
    "unavailable": ServiceUnavailable("warming up"),
    "internal": BentoMLException("secret detail"),
    "plain": ValueError("secret detail"),
}


@bentoml.service(name="Probe")
class Probe:
    """Endpoints of every kind that JSON and text can carry."""

    @bentoml.api
    def add(self, a: int, b: int = 2) -> int:
        return a + b

    @bentoml.api
    def greet(self, who: str, times: int = 1, sep: str = " ") -> str:
        return sep.join([f"Hi {who}"] * times)

    @bentoml.api
    def shout(self, text: str, /) -> str:
        return text.upper()

    @bentoml.api
    def total(self, numbers: t.List[int], /) -> int:
        return sum(numbers)

    @bentoml.api
    def place(self, order: Order, express: bool = False) -> Order:
        return order.model_copy(update={"note": f"{order.note or ''}{'!' if express else '.'}"})

    @bentoml.api
    def reverse(self, items: t.List[Item]) -> t.List[Item]:
        return list(reversed(items))

    @bentoml.api
    def weigh(self, weights: t.Dict[str, float]) -> t.Dict[str, float]:
        return {name: weight * 2 for name, weight in weights.items()}

    @bentoml.api
    def nothing(self) -> None:
        return None

    @bentoml.api
    def maybe(self, x: t.Optional[int] = None) -> t.Optional[int]:
        return x

    @bentoml.api
    def later(self, at: dt.datetime) -> dt.datetime:
        return at + dt.timedelta(days=1)

    @bentoml.api(route="/custom/path")
    def routed(self, text: str) -> str:
        return text

    @bentoml.api
    def fail(self, kind: str) -> str:
        raise ERRORS[kind]

    @bentoml.api
    async def words(self, text: str) -> t.AsyncGenerator[str, None]:
        for word in text.split():
            yield word

    @bentoml.api
    async def tokens(self, text: str) -> t.AsyncGenerator[Token, None]:
        for index, word in enumerate(text.split()):
            yield Token(id=index, text=word)

    @bentoml.api
    async def broken(self, kind: str) -> t.AsyncGenerator[str, None]:
        raise ERRORS[kind]
        yield ""
