"""The service of linear.mjs in Python."""

import json
import typing as t

import bentoml


@bentoml.service(name="Linear", workers=2)
class Linear:
    model = bentoml.models.BentoModel("linear:latest")

    def __init__(self) -> None:
        with open(self.model.path_of("weights.json")) as file:
            self.weights = json.load(file)

    @bentoml.api
    def predict(self, features: t.List[float]) -> float:
        return sum(feature * weight for feature, weight in zip(features, self.weights))
