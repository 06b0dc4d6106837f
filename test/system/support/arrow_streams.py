"""Reads the Arrow streams of a folder, says what is in them, and writes them again in a way of its own."""

import base64
import json
import pathlib
import struct
import sys

import numpy as np
import pyarrow as pa


def cell(value, kind):
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [cell(item, kind.value_type) for item in value]
    if isinstance(kind, pa.BaseExtensionType):
        return {"json": json.loads(value)}
    if pa.types.is_timestamp(kind):
        return {"date": round(value.timestamp() * 1000)}
    if pa.types.is_binary(kind):
        return {"bytes": base64.b64encode(value).decode()}
    if pa.types.is_int64(kind) or pa.types.is_uint64(kind):
        return {"bigint": str(value)}
    if pa.types.is_boolean(kind) or pa.types.is_string(kind):
        return value
    number = float(value)
    return {"number": "nan" if number != number else struct.pack(">d", number).hex()}


def table_of(stream):
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    table.validate(full=True)
    assert len(table.to_pandas()) == table.num_rows
    return table


def write(path, table, **options):
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=2)


def other_form(table):
    """The same table: texts as categories, of which each part knows only its own, in several messages."""
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            parts = pa.chunked_array([chunk.dictionary_encode() for chunk in table.column(index).chunks], pa.dictionary(pa.int32(), pa.string()))
            table = table.set_column(index, field.name, parts)
    return table


def tables(folder):
    for path in sorted(folder.glob("*.table")):
        table = table_of(str(path))
        columns = [[field.name, [cell(value.as_py(), field.type) if value.is_valid else None for value in storage(column)]]
                   for field, column in zip(table.schema, table.columns)]
        path.with_suffix(".json").write_text(json.dumps(columns))
        write(path.with_suffix(".back"), other_form(table), emit_dictionary_deltas=True)


def storage(column):
    """The texts of a column of JSON, as they are."""
    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)


def array_of(column):
    """A column of tensors, or of numbers, as numpy has it."""
    column = column.combine_chunks()
    if not isinstance(column.type, pa.FixedShapeTensorType):
        return column.to_numpy(zero_copy_only=False)
    values = column.storage.flatten().to_numpy(zero_copy_only=False)
    return values.reshape([len(column), *column.type.shape])


def tensors(folder):
    for path in sorted(folder.glob("*.tensors")):
        table = table_of(str(path))
        arrays = {name: array_of(column) for name, column in zip(table.column_names, table.columns)}
        said = [[name, str(array.dtype), list(array.shape), base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()] for name, array in arrays.items()]
        path.with_suffix(".json").write_text(json.dumps(said))
        back = {}
        for name, array in arrays.items():
            of_numpy = array.ndim > 1 and array.size > 0 and array.dtype != bool
            back[name] = pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(array)) if of_numpy else table.column(name)
        write(path.with_suffix(".back"), pa.table(back))


tables(pathlib.Path(sys.argv[1]))
tensors(pathlib.Path(sys.argv[1]))
