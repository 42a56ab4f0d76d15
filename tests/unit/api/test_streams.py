"""Streams that are open: counted, and ended together."""

from __future__ import annotations

import pytest

from app.api.streams import Streams, TooManyStreams


async def test_a_place_is_free_again_when_its_stream_ends() -> None:
    streams = Streams(most=1)

    with streams.place(), pytest.raises(TooManyStreams), streams.place():
        pass

    with streams.place() as stop:
        assert not stop.is_set()


async def test_those_that_are_open_and_those_that_come_late_are_told_to_end() -> None:
    streams = Streams()

    with streams.place() as one, streams.place() as other:
        streams.stop()
        assert (one.is_set(), other.is_set()) == (True, True)
        with streams.place() as late:
            assert late.is_set()
