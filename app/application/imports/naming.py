"""By what files name suppliers and customers: code, external id, e-mail address or name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from app.application.imports.deciding import RowRefused
from app.domain.auth.email import email_key
from app.domain.common.identifiers import PartyId
from app.domain.common.text import fold, key


class Named(Protocol):
    """A party by all that a file may call it."""

    @property
    def code_key(self) -> str: ...

    @property
    def external_id(self) -> str | None: ...

    @property
    def email_key(self) -> str | None: ...

    @property
    def name_folded(self) -> str: ...

    @property
    def merged_into_id(self) -> PartyId | None: ...


N = TypeVar("N", bound=Named)


class Names(Generic[N]):
    """Whom each text means: a code counts most, then external id, address and name.

    `word` is what a refusal calls them.
    """

    def __init__(self, texts: Iterable[str], found: Iterable[N], *, word: str) -> None:
        self._word = word
        self._meant: Mapping[str, Sequence[N]] = _meant(texts, found)

    def of(self, text: str) -> Sequence[N]:
        return self._meant.get(text, ())

    def all(self) -> list[N]:
        return [one for some in self._meant.values() for one in some]

    def one(self, text: str) -> N:
        """Return the one that is meant, or refuse the row by its cell."""
        found = self.of(text)
        word = self._word
        if not found:
            raise RowRefused(word, "not_found", text, f"a {word} of the shop")
        if len(found) > 1:
            expected = f"a code: {len(found)} {word}s have this name"
            raise RowRefused(word, "ambiguous_name", text, expected)
        if found[0].merged_into_id is not None:
            expected = f"a {word} that was not merged into another"
            raise RowRefused(word, "party_merged", text, expected)
        return found[0]


def _meant(texts: Iterable[str], found: Iterable[N]) -> dict[str, list[N]]:
    codes, external_ids, emails = {}, {}, {}
    names: dict[str, list[N]] = {}
    for one in found:
        codes[one.code_key] = external_ids[one.external_id] = emails[one.email_key] = one
        if one.merged_into_id is None:
            names.setdefault(one.name_folded, []).append(one)
    meant: dict[str, list[N]] = {}
    for text in texts:
        own = codes.get(key(text)) or external_ids.get(text) or emails.get(email_key(text))
        meant[text] = names.get(fold(text), []) if own is None else [own]
    return meant
