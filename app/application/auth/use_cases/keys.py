"""Make the first signing keys, and rotate them without signing anybody out."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.application.auth.ports import AuthWork, KeyMaker
from app.application.common.actor import Actor
from app.domain.auth.signing import KeyState, SigningKey
from app.domain.common.identifiers import IdSource, SigningKeyId


class EnsureSigningKeys:
    """Makes an active and a next key when there are none; two processes at once make one pair."""

    def __init__(self, work: AuthWork, *, ids: IdSource, keys: KeyMaker) -> None:
        self._work = work
        self._ids = ids
        self._keys = keys

    async def __call__(self) -> None:
        async with self._work as work:
            ring = await work.signing_keys.hold_all()
            if any(key.state is KeyState.ACTIVE for key in ring):
                return

            first, following = _new(self._keys, self._ids, work), _new(self._keys, self._ids, work)
            first.activate(at=work.started_at)

            work.signing_keys.add(first)
            work.signing_keys.add(following)
            await work.commit()


class RotateSigningKeys:
    """The next key signs from now on, and a new next one is published.

    The one that signed verifies for `overlap` more, longer than its last token lives: nobody is
    signed out. Those whose overlap is over are revoked.
    """

    def __init__(
        self, work: AuthWork, *, ids: IdSource, keys: KeyMaker, overlap: timedelta
    ) -> None:
        self._work = work
        self._ids = ids
        self._keys = keys
        self._overlap = overlap

    async def __call__(self, *, actor: Actor) -> SigningKey:
        async with self._work as work:
            ring = await work.signing_keys.hold_all()
            now = work.started_at

            _retire(ring, at=now, overlap=self._overlap)
            # The partial unique index is checked by statement: the old must leave its state first.
            await work.flush()
            promoted = next((key for key in ring if key.state is KeyState.NEXT), None)
            if promoted is None:
                promoted = _new(self._keys, self._ids, work)
                work.signing_keys.add(promoted)
            promoted.activate(at=now)
            await work.flush()
            work.signing_keys.add(_new(self._keys, self._ids, work))

            work.audit(actor, "signing_key.rotated", promoted.id, note={"kid": promoted.kid})
            await work.commit(promoted)
            return promoted


def _retire(ring: list[SigningKey], *, at: datetime, overlap: timedelta) -> None:
    for key in ring:
        if key.state is KeyState.ACTIVE:
            key.retire(at=at)
        elif not key.verifies(at=at, overlap=overlap):
            key.revoke()


def _new(keys: KeyMaker, ids: IdSource, work: AuthWork) -> SigningKey:
    pair = keys.make()
    return SigningKey(
        id=ids.new(SigningKeyId),
        kid=pair.kid,
        state=KeyState.NEXT,
        public_jwk=pair.public_jwk,
        private_box=pair.private_box,
        created_at=work.started_at,
    )
