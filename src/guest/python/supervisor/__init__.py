"""Owns a guest: the channel to the server, the limits, and the verdict on how a program ended.

Theory of operation. The server starts this process, in a container as process 1. The frame channel
(src/sandbox/guest-protocol.ts) is its stdin and stdout.

    server <== frames ==> supervisor --job pipe--> runner (the program's process)
                                     <--report pipe--
                                     <--stdout and stderr pipes--

Who talks to whom. The server talks only to the supervisor, with frames. The supervisor writes jobs to the runner, and
reads its report and its output. The program shares the runner's process, so it can write all that the runner can
write. Reports and output are therefore data about which nothing is certain.

1. Start. The supervisor starts the runner before there is a job. For Python the runner is a fork of the supervisor
   with the modules imported; for JavaScript it is a Node process. When the runner is up, the server gets `ready`.
2. Job. The job and the server's token come together, after the fork. So the token is in no memory that the program
   can read: the kernel closes the supervisor's memory to other processes of the same user (PR_SET_DUMPABLE). Every
   frame about the job starts with the token, so only the supervisor can send one.
3. Run. The supervisor forwards output, counts it, and watches the clock and the resident memory. Its clock is the one
   that counts. It starts when the runner has the whole job. When the time is up, the runner gets SIGXCPU, reports
   where the program was, and ends. After WIND_DOWN it gets SIGKILL. The server has a clock too, for a supervisor that
   does not answer: it allows KILL_GRACE_MS more, and then destroys the guest.
4. End. The first cause is the ending: a program that is killed because its time is up ends as `timeout`. The
   supervisor kills and reaps all that the program has started, and forwards what the pipes still hold. Then `done`
   carries the verdict. Exit status, signal, processor time and peak memory come from the kernel. Error and result are
   the program's own account.
5. Farewell. The server closes the channel and the supervisor exits. In a container, the container ends with it.

A job may ask to keep the guest. Then the runner does not exit. It reports with a line and waits for the next job. Until
that job comes, all that the program has started is stopped (SIGSTOP), because nobody counts its time. If a kept program
ends, or a limit stops it, the guest is no longer kept. The verdict says whether it is.

When the channel's stdin ends, at any time, the server is gone. The supervisor then kills everything at once.
"""

import json
import select
import signal
import sys

from supervisor.environment import HAS_PACKAGES, end_supervisor
from supervisor.frames import DONE, READY, send, take_channel
from supervisor.intake import take_job, wait_until_up
from supervisor.processes import close_memory, end_everything, watch_children
from supervisor.rehearsal import rehearse
from supervisor.runner import start_node, start_python
from supervisor.state import Run
from supervisor.verdict import make_verdict
from supervisor.watch import watch

FAREWELL = 2.0  # seconds that the server may take to close the channel after the verdict


def main() -> None:
    language, command = sys.argv[1], sys.argv[2:]
    close_memory()
    # A program may send any signal. The kernel keeps from process 1 those without a handler, and Python handles SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel_in, channel_out = take_channel()
    wake = watch_children()
    pid, pipes = (start_python if language == "python" else start_node)(command)
    if not wait_until_up(pipes["report"], channel_in):
        end_everything(pid)
        end_supervisor(1)
    run = Run(pid, pipes, channel_in, channel_out, wake)
    run.is_importing = HAS_PACKAGES and language == "python"
    rehearse(run)
    send(channel_out, READY)
    while take_job(run):
        watch(run)
        verdict = json.dumps(make_verdict(run), ensure_ascii=False)
        send(channel_out, DONE, run.token + verdict.encode("utf-8", "replace"))
        if not run.is_kept:
            # The end of a container is work for the machine. So the server gets the answer first, and says when to end.
            select.select([channel_in], [], [], FAREWELL)
            end_supervisor(0)
    end_everything(pid)
    end_supervisor(0)


if __name__ == "__main__":
    main()
