"""Rows -> a Parquet file, a row group at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from analysis.exports.columns import COLUMNS, Kind
from analysis.exports.tidy import Row

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_ONCE = 20_000


def write(file: IO[bytes], rows: Iterable[Row]) -> None:
    """The same columns and values as in the CSV, typed: 0 or 1 are booleans, times are times.

    The meaning of each column is in the schema's metadata.
    """
    import pyarrow.parquet

    schema = _schema()
    rest = iter(rows)
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as table:
        while batch := list(islice(rest, _ROWS_AT_ONCE)):
            table.write_batch(_batch(batch, schema))


def _batch(rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        pa.array(_READ[column.kind](values), type=field.type)
        for column, field, values in zip(COLUMNS, schema, zip(*rows, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _schema() -> pa.Schema:
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(),
        Kind.JSON: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.YES_NO: pa.bool_(),
        Kind.TIME: pa.timestamp("ms", tz="UTC"),
    }
    return pa.schema(
        pa.field(
            column.name,
            types[column.kind],
            nullable=column.can_be_empty,
            metadata={"description": column.meaning.en},
        )
        for column in COLUMNS
    )


def _as_they_are(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return values


_READ = dict.fromkeys(Kind, _as_they_are) | {
    Kind.YES_NO: lambda values: list(map(bool, values)),
    Kind.TIME: lambda values: list(map(datetime.fromisoformat, values)),
}
