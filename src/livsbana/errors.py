"""The one error that a user can mend: wrong input."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN_AT_MOST = 5


class InputError(Exception):
    """Something in a file or an option is wrong; the command line prints it and exits with 2.

    Parameters
    ----------
    message
        What was found, what was wanted and the next step, in one or a few lines.
    where
        ``file:line:column`` of the mistake, or as much of it as is known.
    """

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message, where)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def first_of(errors: Sequence[InputError]) -> InputError:
    """Join the first few mistakes of a file into one error, one line each.

    Parameters
    ----------
    errors
        At least one error, in the order in which they should be read.
    """
    if len(errors) == 1:
        return errors[0]
    lines = [str(error) for error in errors[:SHOWN_AT_MOST]]
    if len(errors) > SHOWN_AT_MOST:
        lines.append(f"… and {len(errors) - SHOWN_AT_MOST} more")
    return InputError("\n".join(lines))
