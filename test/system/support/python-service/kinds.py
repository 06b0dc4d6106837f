"""A Python service of every kind that bodies carry besides JSON."""

import typing as t
from pathlib import Path

import bentoml
import numpy as np
import pandas as pd
from bentoml.validators import ContentType, DataframeSchema, DType, Shape
from PIL import Image as PILImage


@bentoml.service
class Kinds:
    @bentoml.api
    def size(self, file: Path, /) -> int:
        return len(file.read_bytes())

    @bentoml.api
    def suffixes(self, files: t.List[Path], extra: int = 0) -> t.List[str]:
        return [f"{file.suffix}:{len(file.read_bytes()) + extra}" for file in files]

    @bentoml.api
    def is_pdf(self, doc: t.Annotated[Path, ContentType("application/pdf")]) -> bool:
        return doc.read_bytes().startswith(b"%PDF")

    @bentoml.api
    def optional_image(self, note: str, img: t.Optional[PILImage.Image] = None) -> str:
        return f"{note}:{img.width if img else 'none'}"

    @bentoml.api
    def upper(self, file: Path, ctx: bentoml.Context) -> Path:
        out = Path(ctx.temp_dir) / "upper é.txt"
        out.write_bytes(file.read_bytes().upper())
        return out

    @bentoml.api
    def mirror(self, img: PILImage.Image) -> PILImage.Image:
        out = img.transpose(PILImage.Transpose.FLIP_LEFT_RIGHT)
        out.format = img.format
        return out

    @bentoml.api
    def scale(
        self,
        m: t.Annotated[np.ndarray, DType("float32"), Shape((2, 2))],
        by: float = 2.0,
    ) -> t.Annotated[np.ndarray, DType("float32")]:
        return m * np.float32(by)

    @bentoml.api
    def many(self, parts: t.List[np.ndarray]) -> np.ndarray:
        return np.concatenate(parts)

    @bentoml.api
    def largest(self, ints: t.Annotated[np.ndarray, DType("int64")]) -> str:
        return str(ints.max())

    @bentoml.api
    def double_rows(self, df: t.Annotated[pd.DataFrame, DataframeSchema(columns=("a", "b"))]) -> pd.DataFrame:
        return df * 2

    @bentoml.api
    def by_column(
        self,
        df: t.Annotated[pd.DataFrame, DataframeSchema(orient="columns", columns=("a", "b"))],
    ) -> t.Annotated[pd.DataFrame, DataframeSchema(orient="columns")]:
        return df + 1

    @bentoml.api
    def raw(self, data: bytes, /) -> bytes:
        return data + b"!"

    @bentoml.api
    async def blocks(self, n: int = 3) -> t.AsyncGenerator[bytes, None]:
        for i in range(n):
            yield bytes([i, 255 - i])
