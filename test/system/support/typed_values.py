"""Python values as JSON and back: what JSON cannot tell apart stands in an object with `$type`."""

import base64
import datetime as dt
import math

SAFE = 2**53 - 1


def encode(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -SAFE <= value <= SAFE else {"$type": "int", "value": str(value)}
    if isinstance(value, float):
        whole = not math.isfinite(value) or value == int(value)
        return {"$type": "float", "value": repr(value)} if whole else value
    if isinstance(value, (bytes, bytearray)):
        return {"$type": "bytes", "base64": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return {"$type": "datetime", "value": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$type": "date", "value": value.isoformat()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) and key != "$type" for key in value):
            return {key: encode(item) for key, item in value.items()}
        return {"$type": "map", "entries": [[encode(key), encode(item)] for key, item in value.items()]}
    raise TypeError(f"no JSON for {value!r}")


def decode(value):
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$type")
    if kind is None:
        return {key: decode(item) for key, item in value.items()}
    return DECODERS[kind](value)


def numpy_array(value):
    import numpy

    return numpy.array(decode(value["items"]), dtype=value["dtype"])


def numpy_scalar(value):
    return numpy_array({**value, "items": [value["value"]]})[0]


DECODERS = {
    "int": lambda value: int(value["value"]),
    "float": lambda value: float(value["value"]),
    "bytes": lambda value: base64.b64decode(value["base64"]),
    "datetime": lambda value: dt.datetime.fromisoformat(value["value"]),
    "date": lambda value: dt.date.fromisoformat(value["value"]),
    "tuple": lambda value: tuple(decode(item) for item in value["items"]),
    "map": lambda value: {decode(key): decode(item) for key, item in value["entries"]},
    "numpy": numpy_array,
    "numpy scalar": numpy_scalar,
}
