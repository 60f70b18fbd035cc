"""Owns a guest: the channel to the server, the limits, and the verdict on how a program ended.

Theory of operation. The server starts this process, in a container as process 1. The frame channel
(src/sandbox/guest-protocol.ts) is its stdin and stdout.

    server <== frames ==> supervisor --job pipe--> runner (the program's process)
                                     <--report pipe--
                                     <--stdout and stderr pipes--

Who talks to whom. The server and the supervisor exchange frames. The supervisor writes jobs to the runner, and reads
the runner's report and output. The program runs in the runner's process, so it can write to every pipe of the runner.
The supervisor therefore treats report and output as data that a hostile program may have made.

1. Start. The supervisor starts the runner before there is a job. For Python the runner is a fork of the supervisor
   with the modules imported. For JavaScript it is a Node process. When the runner is up, the supervisor sends `ready`.
2. Job. The server sends the job and a token, after the fork. So no memory that the program can read holds the token:
   the kernel closes the supervisor's memory to other processes of the same user (PR_SET_DUMPABLE). Every frame about
   the job starts with the token, so that the program cannot forge one.
3. Run. The supervisor forwards the output and counts it. It watches the clock and the resident memory.
4. End. The program ends, or the supervisor ends it. The first cause is the ending: a program that is killed because its
   time is up ends as `timeout`. The supervisor kills and reaps every process of the job, and forwards the rest of the
   pipes. Then it sends `done` with the verdict. Exit status, signal, processor time and peak memory come from the
   kernel. Error and result are the program's own account.
5. Farewell. The server closes the channel and the supervisor exits. In a container, the container ends with it.

Which clock counts. The supervisor's clock decides. It starts when the runner has the whole job. When the time is up,
the supervisor sends SIGXCPU: the runner reports where the program was, and exits. A runner that still runs after
WIND_DOWN gets SIGKILL. The server has a clock for a supervisor that does not answer: KILL_GRACE_MS later than the
program's time limit, the server destroys the guest.

Who kills whom. The supervisor kills the processes of a job. The server ends the supervisor, and with it a container.
When the channel's stdin ends, at any time, the server is gone: the supervisor then kills every process at once.

Kept guests. A job may ask to keep the guest. Then the runner does not exit: it reports with a line and waits for the
next job. Until that job comes, the supervisor stops every process of the program (SIGSTOP), because it does not count
time between jobs. If a kept program ends, or a limit stops it, the guest is no longer kept. The verdict says so.
"""

import json
import select
import signal
import sys

from supervisor.environment import HAS_PACKAGES, end_supervisor
from supervisor.frames import DONE, READY, send, take_channel
from supervisor.intake import take_job, wait_until_up
from supervisor.privileges import Users, last_words, program_user, refuse_to_start
from supervisor.processes import close_memory, end_everything, watch_children
from supervisor.rehearsal import rehearse
from supervisor.runner import start_node, start_python
from supervisor.state import Run
from supervisor.verdict import make_verdict
from supervisor.watch import watch

FAREWELL = 2.0  # seconds that the server may take to close the channel after the verdict


def main() -> None:
    user = program_user()
    language, command = sys.argv[1], sys.argv[2:]
    close_memory()
    # A program may send any signal. The kernel drops a signal to process 1 that has no handler. Python handles SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel_in, channel_out = take_channel()
    wake = watch_children()
    try:
        pid, pipes = (start_python if language == "python" else start_node)(command, Users(user))
    except OSError as error:
        refuse_to_start(error.strerror or str(error))
    if not wait_until_up(pipes["report"], channel_in):
        end_everything(pid)
        refuse_to_start(last_words(pipes["stderr"]))
    run = Run(pid, pipes, channel_in, channel_out, wake)
    run.is_importing = HAS_PACKAGES and language == "python"
    rehearse(run)
    send(channel_out, READY)
    while take_job(run):
        watch(run)
        verdict = json.dumps(make_verdict(run), ensure_ascii=False)
        send(channel_out, DONE, run.token + verdict.encode("utf-8", "replace"))
        if not run.is_kept:
            # The end of a container is work for the machine. So the server first reads the verdict, and then closes
            # the channel.
            select.select([channel_in], [], [], FAREWELL)
            end_supervisor(0)
    end_everything(pid)
    end_supervisor(0)


if __name__ == "__main__":
    main()
