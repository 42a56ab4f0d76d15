"""Uploaded files in one folder, named by the hash of their content.

A file appears under its name only whole: it is written beside, forced to the disk and renamed,
and then the folder is forced too. So whatever a job refers to is there, and the same upload twice
is one file.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from app.application.imports.files import FileMissing, FileTooLarge, StoredFile

_BLOCK = 2**20


class FolderStore:
    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def save(self, source: BinaryIO) -> StoredFile:
        self._folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._folder, prefix=".upload-", delete=False) as part:
            try:
                stored = self._copy(source, part.file)
                os.fsync(part.fileno())
                target = self._place(stored.hash)
                target.parent.mkdir(exist_ok=True)
                Path(part.name).replace(target)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        for folder in (target.parent, self._folder):
            _force(folder)
        return stored

    def path(self, file_hash: str) -> Path:
        place = self._place(file_hash)
        if not place.is_file():
            raise FileMissing(f"There is no file {file_hash} in the folder of uploads.")
        return place

    def _place(self, file_hash: str) -> Path:
        return self._folder / file_hash[:2] / file_hash

    def _copy(self, source: BinaryIO, target: IO[bytes]) -> StoredFile:
        digest = hashlib.sha256()
        size = 0
        while block := source.read(_BLOCK):
            size += len(block)
            if size > self._max_bytes:
                raise FileTooLarge(
                    f"At most {self._max_bytes} bytes are taken.",
                    extra={"max_bytes": self._max_bytes},
                )
            digest.update(block)
            target.write(block)
        target.flush()
        return StoredFile(digest.hexdigest(), size)


def _force(folder: Path) -> None:
    """Make the names in a folder outlast a blackout, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
