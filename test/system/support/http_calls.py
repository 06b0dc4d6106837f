"""Calls with Python's own HTTP clients, exactly as a user of BentoML makes them."""

import asyncio

import bentoml
from typed_values import decode, encode


def call(client_kind, url, endpoint, args=(), kwargs=None, client_options=None):
    work = call_async if client_kind == "async" else call_sync
    return work(url, endpoint, decode(list(args)), decode(kwargs or {}), client_options or {})


def call_sync(url, endpoint, args, kwargs, options):
    with bentoml.SyncHTTPClient(url, **options) as client:
        result = getattr(client, endpoint)(*args, **kwargs)
        return encode(list(result) if hasattr(result, "__next__") else result)


def call_async(url, endpoint, args, kwargs, options):
    async def work():
        async with bentoml.AsyncHTTPClient(url, **options) as client:
            result = getattr(client, endpoint)(*args, **kwargs)
            if hasattr(result, "__anext__"):
                return encode([item async for item in result])
            return encode(await result)

    return asyncio.run(work())


def endpoints(url, client_options=None):
    """What the client learnt from /schema.json."""
    with bentoml.SyncHTTPClient(url, **(client_options or {})) as client:
        return {
            name: {"route": endpoint.route, "doc": endpoint.doc, "stream": endpoint.stream_output, "task": endpoint.is_task}
            for name, endpoint in client.endpoints.items()
        }


def is_ready(url, client_options=None):
    with bentoml.SyncHTTPClient(url, **(client_options or {})) as client:
        return client.is_ready(5)


METHODS = {"call": call, "endpoints": endpoints, "is_ready": is_ready}
