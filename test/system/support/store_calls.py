"""What the tests ask of Python's model store. `home` is always given, so that one process serves many homes."""

import base64
import hashlib
import os
import stat
import time
from pathlib import Path

import bentoml
import yaml
from bentoml._internal.models.model import ModelContext, ModelStore, PartialKwargsModelOptions
from typed_values import decode, encode


def store_of(home):
    models = Path(home) / "models"
    models.mkdir(parents=True, exist_ok=True)
    return ModelStore(models)


def summary(model):
    return {
        "tag": str(model.tag),
        "path": model.path,
        "size": model.file_size,
        "creationTime": model.creation_time.isoformat(),
    }


def list_models(home, name=None):
    return [summary(model) for model in bentoml.models.list(name, _model_store=store_of(home))]


def get_tag(home, tag):
    return str(bentoml.models.get(tag, _model_store=store_of(home)).tag)


def files_of(folder):
    files, directories = {}, []
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            directories.append(name)
            continue
        content = path.read_bytes()
        executable = bool(stat.S_IMODE(path.stat().st_mode) & 0o100)
        files[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "executable": executable}
    return files, directories


def read_model(home, tag):
    model = bentoml.models.get(tag, _model_store=store_of(home))
    info = model.info
    files, directories = files_of(model.path)
    text = (Path(model.path) / "model.yaml").read_text(encoding="ascii")
    dumped = yaml.safe_dump(yaml.safe_load(text), sort_keys=False)
    return {
        **summary(model),
        "module": info.module,
        "labels": info.labels,
        "options": encode(info.to_dict()["options"]),
        "metadata": encode(info.metadata),
        "context": {
            "frameworkName": info.context.framework_name,
            "frameworkVersions": info.context.framework_versions,
            "bentomlVersion": info.context.bentoml_version,
            "pythonVersion": info.context.python_version,
        },
        "signatures": {
            name: {
                "batchable": signature.batchable,
                "batchDim": list(signature.batch_dim),
                "inputSpec": encode(signature.input_spec),
                "outputSpec": encode(signature.output_spec),
            }
            for name, signature in info.signatures.items()
        },
        "apiVersion": info.api_version,
        "files": files,
        "directories": directories,
        "yaml": text,
        "dumpedYaml": dumped,
    }


def read_models(home):
    return [read_model(home, model["tag"]) for model in list_models(home)]


def create_model(home, tag, files=(), directories=(), **given):
    arguments = {name: decode(value) for name, value in given.items()}
    if "context" in arguments:
        arguments["context"] = ModelContext(**arguments["context"])
    if "options" in arguments:
        arguments["options"] = PartialKwargsModelOptions(**arguments["options"])
    with bentoml.models.create(tag, _model_store=store_of(home), **arguments) as model:
        for directory in directories:
            Path(model.path_of(directory)).mkdir(parents=True, exist_ok=True)
        for file in files:
            path = Path(model.path_of(file["path"]))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(file["base64"]))
            os.chmod(path, 0o755 if file.get("executable") else 0o644)
    return str(model.tag)


def delete_model(home, tag):
    bentoml.models.delete(tag, _model_store=store_of(home))


def export_model(home, tag, path, format=None):
    return bentoml.models.export_model(tag, path, format, _model_store=store_of(home))


def import_model(home, path, format=None):
    return str(bentoml.models.import_model(path, format, _model_store=store_of(home)).tag)


def time_list(home):
    """Seconds for one listing and for one get of each of 100 models, reading what `bentoml models list` reads."""
    store = store_of(home)
    start = time.perf_counter()
    models = bentoml.models.list(_model_store=store)
    infos = sum(len(model.info.module) + len(model.info.labels) for model in models)
    list_seconds = time.perf_counter() - start
    tags = [str(model.tag) for model in models[:: max(1, len(models) // 100)]][:100]
    start = time.perf_counter()
    for tag in tags:
        infos += len(bentoml.models.get(tag, _model_store=store).info.labels)
    return {"models": len(models), "listSeconds": list_seconds, "getSeconds": (time.perf_counter() - start) / len(tags), "read": infos}


METHODS = {
    "list_models": list_models,
    "get_tag": get_tag,
    "read_model": read_model,
    "read_models": read_models,
    "create_model": create_model,
    "delete_model": delete_model,
    "export_model": export_model,
    "import_model": import_model,
    "time_list": time_list,
}
