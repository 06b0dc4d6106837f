"""python.py export HOME TAG FILE | import HOME FILE: does it with Python BentoML, and prints the milliseconds it took."""

import os
import sys
import time

what, home = sys.argv[1:3]
os.environ["BENTOML_HOME"] = home
os.environ["BENTOML_DO_NOT_TRACK"] = "True"

import bentoml  # noqa: E402

start = time.perf_counter()
if what == "export":
    bentoml.models.export_model(sys.argv[3], sys.argv[4])
else:
    bentoml.models.import_model(sys.argv[3])
print((time.perf_counter() - start) * 1000)
