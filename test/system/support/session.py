"""Answers requests of the tests: one JSON object a line in, one JSON object a line out."""

import json
import sys
import traceback

# Whatever prints goes to stderr: stdout carries answers alone.
answers = sys.stdout
sys.stdout = sys.stderr

import http_calls  # noqa: E402
import store_calls  # noqa: E402
import zoo_calls  # noqa: E402

METHODS = {**store_calls.METHODS, **http_calls.METHODS, **zoo_calls.METHODS}


def answer(request):
    try:
        return {"result": METHODS[request["method"]](**request["params"])}
    except Exception as error:
        return {
            "error": {
                "class": type(error).__name__,
                "bases": [base.__name__ for base in type(error).__mro__[1:-2]],
                "message": str(error),
                "status": getattr(error, "error_code", None),
                "traceback": traceback.format_exc(),
            }
        }


for line in sys.stdin:
    answers.write(json.dumps(answer(json.loads(line))) + "\n")
    answers.flush()
