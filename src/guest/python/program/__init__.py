"""Runs one program inside a guest's interpreter and reports how it ended.

Every engine uses this module: the runner process of the containers and of the local engine, and the WebAssembly
guest. It decides what a program starts with (builtins, importable modules, inputs, files). It turns an exception into
a report that shows only the program's own lines.

It is a fence around the program: it gives early and clear errors, and it makes escapes harder. It isolates nothing.
The sandbox around this interpreter isolates.
"""

from program.file_events import as_guest, watch_with
from program.file_names import plain_name
from program.json_text import decode_json, encode_json
from program.missing import explain_container
from program.report import stopped_at
from program.run import is_kept, rehearse, run
from program.streams import flush_streams, open_streams, rehearse_output
from program.tracebacks import hide_code
from program.warm import WARM_PACKAGES, warm

__all__ = [
    "WARM_PACKAGES",
    "as_guest",
    "decode_json",
    "encode_json",
    "explain_container",
    "flush_streams",
    "hide_code",
    "is_kept",
    "open_streams",
    "plain_name",
    "rehearse",
    "rehearse_output",
    "run",
    "stopped_at",
    "warm",
    "watch_with",
]
