"""Where uploaded files are kept: by the hash of what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from app.domain.common.errors import Conflict, DomainError
from app.domain.imports.plan import Options, Wishes
from app.domain.imports.records import Checkpoint, Chunk, FileFormat
from app.domain.imports.survey import Analysis


class FileTooLarge(DomainError):
    """More bytes than an upload may have."""

    code = "file_too_large"
    title = "The file is too large"


class FileMissing(Conflict):
    """The file was uploaded but is not in the folder any more."""

    code = "file_missing"
    title = "The uploaded file is gone"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`hash` is the SHA-256 of the bytes in hexadecimal, `size` their number."""

    hash: str
    size: int


class FileStore(Protocol):
    """Blocking: call it in a thread."""

    def save(self, source: BinaryIO) -> StoredFile:
        """Copy a file in; when this returns it outlasts a blackout. `FileTooLarge` keeps none."""
        ...

    def path(self, file_hash: str) -> Path:
        """Return where a stored file lies; `FileMissing` when it does not."""
        ...


class FileReading(Protocol):
    """Blocking: call it in a thread. Faults of a whole file are `app.domain.imports.errors`."""

    def check(self, wishes: Wishes) -> None:
        """Refuse wishes that no file could fulfil; this does not block."""
        ...

    def analyse(self, path: Path, *, wishes: Wishes, options: Options, most_rows: int) -> Analysis:
        """Read a file once and say how it will be imported; `TooManyRows` beyond the most."""
        ...

    def read(self, path: Path, file: FileFormat, start: Checkpoint, *, limit: int) -> Chunk:
        """Read the next records from a checkpoint on."""
        ...
