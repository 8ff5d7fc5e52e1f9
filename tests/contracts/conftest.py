"""What several contracts need: the packaged model, converted once and kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from retriever.embedding.local import default_model_dir, ensure_model

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def model_folder(request: pytest.FixtureRequest) -> Path:
    """The installation's model when there is one, else one in pytest's cache (15 seconds, the first time)."""
    folder = default_model_dir(DATA)
    if (folder / "recipe.json").is_file():
        return folder
    assert request.config.cache is not None
    return ensure_model(request.config.cache.mkdir("kb-model"))
