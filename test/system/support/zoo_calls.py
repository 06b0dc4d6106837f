"""Runs calls as they were recorded, and tells what the caller got in the words of the recording."""

import asyncio
import base64
import contextlib
import json
import os
import sys


def surroundings(folder, url):
    """What a recorded call may name. Loaded with the first of them, as it takes a second."""
    import datetime as dt
    import time
    from pathlib import Path

    import numpy as np
    import pandas as pd
    # The names that users import are the same classes, without the parameter for a service.
    from _bentoml_impl.client.http import AsyncHTTPClient, SyncHTTPClient
    from _bentoml_impl.client.proxy2 import RemoteProxy
    from PIL import Image

    if folder not in sys.path:
        sys.path.insert(0, folder)
    import zoo

    os.chdir(folder)
    return {
        **{"asyncio": asyncio, "time": time, "dt": dt, "Path": Path, "np": np, "pd": pd, "Image": Image, "zoo": zoo},
        **{"AsyncHTTPClient": AsyncHTTPClient, "SyncHTTPClient": SyncHTTPClient, "RemoteProxy": RemoteProxy},
        "url": url,
    }


def zoo_calls(folder, url, calls):
    """The results of calls, each {client, made?, call}; clients made in the same way are one."""
    names = surroundings(folder, url)
    if calls and calls[0]["client"].startswith("sync"):
        return run_sync(names, calls)
    return asyncio.run(run_async(names, calls))


class Clients:
    """Clients by how they are made; whoever could not be made once is not waited for again."""

    def __init__(self, names):
        self.names = names
        self.made = {}

    def made_as(self, how, enter):
        if how not in self.made:
            try:
                self.made[how] = enter(eval(how, self.names))
            except Exception as error:
                self.made[how] = error
        if isinstance(self.made[how], Exception):
            raise self.made[how]
        return self.made[how]


def run_sync(names, calls):
    results = []
    clients = Clients(names)
    with contextlib.ExitStack() as stack:
        for call in calls:
            made = call.get("made")
            try:
                client = None if made is None else clients.made_as(made, stack.enter_context)
                results.append(tell(function(call["call"], names, "def")(client)))
            except Exception as error:
                results.append(tell(error))
    return results


async def run_async(names, calls):
    results = []
    clients = Clients(names)
    async with contextlib.AsyncExitStack() as stack:
        for call in calls:
            made = call.get("made")
            try:
                entering = None if made is None else clients.made_as(made, lambda client: asyncio.ensure_future(stack.enter_async_context(client)))
                client = entering and await entering
                results.append(tell(await function(call["call"], names, "async def")(client)))
            except Exception as error:
                results.append(tell(error))
    return results


def function(code, names, keyword):
    """One line is an expression, several are the body of a function; as in the recording."""
    lines = code.split("\n")
    if len(lines) == 1 and not code.startswith("return "):
        lines = [f"return {code}"]
    scope = dict(names)
    exec(f"{keyword} run(client):\n" + "\n".join(f"    {line}" for line in lines), scope)
    return scope["run"]


def tell(value):
    kind = type(value).__name__
    if is_plain(value):
        return {"type": kind, "value": told_number(value)}
    if isinstance(value, float):
        return {"type": kind, "value": str(value)}
    if isinstance(value, BaseException):
        told = {"type": "raised", "class": f"{type(value).__module__}.{kind}", "message": str(value)}
        return {**told, "error_code": int(value.error_code)} if hasattr(value, "error_code") else told
    if isinstance(value, bytes):
        return {"type": kind, "base64": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return {"type": kind, "items": [tell(item) for item in value]}
    return tell_kind(value, kind)


def tell_kind(value, kind):
    if kind == "ndarray":
        return {"type": kind, "dtype": str(value.dtype), "shape": list(value.shape), "value": without_nan(value.tolist())}
    if kind == "DataFrame":
        records = without_nan(value.to_dict(orient="records"))
        return {"type": kind, "columns": list(value.columns), "records": records}
    if hasattr(value, "model_dump"):
        return {"type": "model", "class": kind, "fields": value.model_dump(mode="json")}
    if hasattr(value, "read_bytes"):
        # The client writes tmp, eight letters, and the name that it was given.
        return {"type": "Path", "given_name": value.name[11:], "base64": base64.b64encode(value.read_bytes()).decode()}
    if hasattr(value, "tobytes"):
        return {
            **{"type": "Image", "format": value.format, "mode": value.mode, "size": list(value.size)},
            "pixels_hex": value.tobytes().hex(),
        }
    raise TypeError(f"the recording has no words for {value!r}")


def is_plain(value):
    """Whether JSON has the same."""
    try:
        return json.loads(json.dumps(value, allow_nan=False)) == value
    except (TypeError, ValueError):
        return False


def told_number(value):
    """An integer that JavaScript would round is its digits."""
    return str(value) if type(value) is int and abs(value) >= 2**53 else value


def without_nan(value):
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    return None if value != value else value


METHODS = {"zoo_calls": zoo_calls}
