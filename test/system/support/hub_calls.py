"""Does one thing with the unmodified huggingface_hub: the name of a function and its parameters in JSON; answers in JSON."""

import hashlib
import json
import os
import sys

import huggingface_hub
from huggingface_hub.utils import filter_repo_objects


def download(**options):
    """Downloads a snapshot, or finds it, and says what is in it."""
    path = huggingface_hub.snapshot_download(**options)
    files = {}
    for folder, _, names in os.walk(path):
        for name in names:
            place = os.path.join(folder, name)
            with open(place, "rb") as file:
                files[os.path.relpath(place, path)] = hashlib.sha256(file.read()).hexdigest()
    return {"path": path, "files": files}


def download_error(**options):
    try:
        huggingface_hub.snapshot_download(**options)
    except Exception as error:
        return type(error).__name__
    return None


def scan(cache_dir):
    """What the command that looks after caches thinks of one."""
    info = huggingface_hub.scan_cache_dir(cache_dir)
    repos = [
        {
            "id": repo.repo_id,
            "size": repo.size_on_disk,
            "files": repo.nb_files,
            "refs": {name: revision.commit_hash for name, revision in repo.refs.items()},
            "commits": sorted(revision.commit_hash for revision in repo.revisions),
        }
        for repo in info.repos
    ]
    return {"warnings": [str(warning) for warning in info.warnings], "repos": repos}


def matches(cases):
    """Which of the paths each pair of lists of patterns leaves."""
    return [
        list(filter_repo_objects(case["paths"], allow_patterns=case["include"], ignore_patterns=case["exclude"]))
        for case in cases
    ]


FUNCTIONS = {"download": download, "download_error": download_error, "scan": scan, "matches": matches}

print(json.dumps(FUNCTIONS[sys.argv[1]](**json.loads(sys.argv[2]))))
