"""A reference table that cannot be read is told with its file and what to do, not with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.city.reference import read_reference
from pipelines.errors import UsageError

HEAD = "unit_code,name_zh,unit_kind,parent_code,is_ranked\n"


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + "S1,一街道,street,,true\n").encode("gb18030"),
        b"",
        (HEAD + "S1,a,street,,true,more,and more\n").encode(),
    ],
    ids=["saved by Excel in GBK", "empty", "ragged"],
)
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "units.csv").write_bytes(content)
    with pytest.raises(UsageError, match=r"units\.csv is not a table that can be read") as caught:
        read_reference(tmp_path, "units")
    assert "CSV UTF-8" in caught.value.remedy
