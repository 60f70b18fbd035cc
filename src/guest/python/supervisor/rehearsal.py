"""Does the steps of a run once before the first job, because the first run of a step is slow.

Under gVisor the first touch of a page costs more than the work on it.
"""

import json
import select

from supervisor.last_lines import last_line
from supervisor.pipes import check_memory
from supervisor.state import Run
from supervisor.verdict import make_verdict


def rehearse(run: Run) -> None:
    """Measures the use of the runner so far, then goes through a run that has ended at once."""
    run.begin_account()
    run.begin({"timeout_ms": 1, "memory_mb": 256, "keep": False}, 0)
    select.select([run.wake], [], [], 0)
    check_memory(run)
    run.status, run.report, run.ended = 0, b'{"result": null, "run": ""}', run.started
    run.finish_account(False)
    for stream in ("stdout", "stderr"):
        last_line(stream)
    json.loads(json.dumps(make_verdict(run)))
    run.status = None
    run.forget()
