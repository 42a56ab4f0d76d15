"""What an import does not allow in the state it is in."""

from __future__ import annotations

from app.domain.common.errors import Conflict


class ImportStarted(Conflict):
    """The import was started, so how it reads its file is settled."""

    code = "import_started"
    title = "The import was started before"


class ImportNotStarted(Conflict):
    """The import was not started yet, so there is nothing to stop or to go on with."""

    code = "import_not_started"
    title = "The import was not started"


class NothingToRetry(Conflict):
    """The import was not given up and has no failed rows that could be tried again."""

    code = "nothing_to_retry"
    title = "There is nothing to try again"
