"""SQL over the results of a batch: reads them into memory first, then locks every way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from pyarrow import parquet

from livsbana.errors import InputError
from livsbana.reports.batch_parquet import FOLDER, SCHEMAS

LOCKS = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)


def query(folder: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Ask one SELECT of the tables ``summary``, ``effects``, ``by_year``, ``runs`` and ``outcomes``.

    The tables are copied to memory before the statement is looked at; it can reach no file, no network and no
    other setting, and nothing but a SELECT is run.

    Returns
    -------
    names, rows
        Column names, and the rows in the order that the statement asks for.

    Raises
    ------
    InputError
        When there are no results, or the statement is wrong or is not one SELECT.
    """
    with duckdb.connect(":memory:") as connection:
        for name in SCHEMAS:
            path = folder / FOLDER / f"{name}.parquet"
            if not path.is_file():
                raise InputError("no results here yet; `livsbana batch` writes them when it ends", str(folder))
            connection.register("arrow_rows", parquet.read_table(path))
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow_rows")
            connection.unregister("arrow_rows")
        for lock in LOCKS:
            connection.execute(lock)
        try:
            statements = connection.extract_statements(sql)
            if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
                raise InputError("wanted one SELECT; results are read and never changed")
            found = connection.execute(statements[0])
            return [column[0] for column in found.description or []], found.fetchall()
        except duckdb.Error as error:
            tables = "; ".join(f"{name} ({', '.join(schema.names)})" for name, schema in SCHEMAS.items())
            raise InputError(f"{error}\nThere are: {tables}") from None
