"""Owns a guest: the channel to the host, the limits, and the verdict on how a program ended.

Theory of operation. The host starts this process with the frame channel
(guest-protocol.ts) on its stdin and stdout; in a container it is process 1.

    host <== frames ==> supervisor --job pipe--> runner (the program's process)
                                   <--report pipe--
                                   <--stdout, stderr pipes--

1. The supervisor starts the runner while nobody is waiting: for Python a fork
   of itself with the modules imported, for JavaScript a Node process. When the
   runner says it is up, the host gets `ready`.
2. The job comes. The host's token comes with it, after the fork, so that it is
   in no memory that the program could read: the supervisor's own is closed to
   other processes of the same user by PR_SET_DUMPABLE.
3. The clock starts when the runner has the whole job. The supervisor forwards
   output, counts it, watches the clock and the resident memory.
4. The program ends or is ended. The first cause wins. Everything it left
   behind is killed and reaped, what is in the pipes is forwarded, and `done`
   says how it ended: exit status, signal, processor time and peak memory come
   from the kernel. Error and result are the program's own words about itself.
5. The host closes the channel, the supervisor exits, and the container with it.

A job may ask that the guest is kept. Then the runner does not exit: it reports
with a line and waits for the next job. Until that comes everything the program
has started is stopped (SIGSTOP), so that nothing runs that nobody counts. A kept
program that ends, or is ended, is no longer kept: the verdict says which.

When the channel's stdin ends, at any time, the host is gone: everything is
killed at once.
"""

import gc
import json
import os
import resource
import select
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program

READY, JOB, FILE, STDOUT, STDERR, ARTIFACT, DONE = range(1, 8)
TOKEN_SIZE = 16
MAX_OUTPUT = 1_048_576  # MAX_OUTPUT_SIZE in limits.ts
MAX_LINES = 16  # of a report that are looked at: a program may write there too
MAX_REPORT = 524_288  # three texts of MAX_TEXT, each character in its longest spelling
MAX_TEXT = 16_384  # MAX_RESULT_SIZE in limits.ts
CHUNK = 65_536
WIND_DOWN = 0.1  # seconds a stopped Python program gets to flush and say where it was
GIVEN_ROOM = 6  # resident bytes that a byte of inputs and files may take as text, parsed and copied
HEAP_ROOM = 4 << 20
WARM = b"W"  # what a runner says after its "R" when it has imported all it wanted to
MEMORY_POLL = 0.02  # seconds between looks at the program's resident memory
FAREWELL = 2.0  # seconds that the host may take to close the channel after the verdict
PAGE = os.sysconf("SC_PAGE_SIZE")
IS_CONTAINER = os.getpid() == 1
PACKAGES = "/usr/lib/python3/dist-packages"
HAS_PACKAGES = IS_CONTAINER and os.path.isdir(f"{PACKAGES}/matplotlib")  # the data-science image
PACKAGES_SPACE = 384 << 20  # address space that they take, a third of it OpenBLAS's buffer
OWN_WORKSPACE = os.environ.pop("RLM_WORKSPACE", None)  # from the local engine, whose file system is the host's
WORKSPACE = OWN_WORKSPACE or "/workspace"  # where the files of a job lie
FONTS = "/usr/share/matplotlib/cache"  # made with the image: finding the fonts takes a third of a second


def main():
    language = sys.argv[1]
    close_memory()
    # A program may send any signal; process 1 is spared those that it has no handler for, and this one has Python's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel_in, channel_out = own_channel()
    wake = watch_children()
    program_pid, pipes = (start_python if language == "python" else start_node)(sys.argv[2:])
    if not wait_until_up(pipes["report"], channel_in):
        end_everything(program_pid)
        quit(1)
    run = Run(program_pid, pipes, channel_in, channel_out, wake)
    run.rehearse()
    send(channel_out, READY)
    while run.take_job():
        run.watch()
        send(channel_out, DONE, run.token + json.dumps(run.verdict(), ensure_ascii=False).encode("utf-8", "replace"))
        if not run.is_kept:
            break
    else:
        end_everything(program_pid)
        quit(0)
    # The host says when: the end of a container is work for the machine, and somebody waits for the answer.
    select.select([channel_in], [], [], FAREWELL)
    quit(0)


def quit(status):
    """Ends this process; on the local engine the files of its program go with it."""
    if OWN_WORKSPACE is not None:
        import shutil

        shutil.rmtree(OWN_WORKSPACE, ignore_errors=True)
    os._exit(status)


def close_memory(is_closed=True):
    """Keeps processes of the same user away from this one's memory and descriptors (/proc/1/mem, /proc/1/fd, ptrace)."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(4, 0 if is_closed else 1, 0, 0, 0)  # PR_SET_DUMPABLE
    except (ImportError, OSError, AttributeError):
        pass  # not Linux: the local engine, which promises nothing


def open_memory():
    """In the program's process: there is nothing in it that is not the program's."""
    close_memory(False)


def own_channel():
    """Moves the frame channel off descriptors 0 and 1, where a program's own would be."""
    channel_in, channel_out = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    return channel_in, channel_out


def watch_children():
    """Returns a descriptor that becomes readable when a child has ended."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def make_pipes():
    job_read, job_write = os.pipe()
    report_read, report_write = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    ours = {"job": job_write, "report": report_read, "stdout": out_read, "stderr": err_read}
    return ours, (out_write, err_write, job_read, report_write)


def widen(pipe):
    """Makes a pipe hold 1 MiB: each time it is full costs two changes of process."""
    import fcntl

    try:
        fcntl.fcntl(pipe, getattr(fcntl, "F_SETPIPE_SZ", 1031), 1 << 20)
    except OSError:
        pass  # not Linux, or this user's pipes hold too much already


def settle_in_child(theirs):
    """In the new child: its own session, its descriptors at 0 to 4 and nothing else, first to go when memory runs out."""
    os.setsid()
    theirs = [fcntl_dup_above(descriptor) for descriptor in theirs]
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for target, descriptor in enumerate(theirs, start=1):
        os.dup2(descriptor, target, inheritable=True)
    os.closerange(5, 1024)
    for name in signal.valid_signals():
        try:
            signal.signal(name, signal.SIG_DFL)
        except (OSError, ValueError):
            pass  # SIGKILL and SIGSTOP
    open_memory()  # or its own files in /proc belong to root
    try:
        with open("/proc/self/oom_score_adj", "w") as adjust:
            adjust.write("1000")
    except OSError:
        pass


def fcntl_dup_above(descriptor):
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10)


def start_python(_):
    if os.path.isdir(PACKAGES):
        sys.path.append(PACKAGES)
    gc.freeze()  # the runner shares these pages until it writes to them
    ours, theirs = make_pipes()
    pid = os.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            settle_in_child(theirs)
            run_python()
        finally:
            os._exit(70)
    for descriptor in theirs:
        os.close(descriptor)
    return pid, ours


def start_node(command):
    ours, theirs = make_pipes()
    pid = os.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            settle_in_child(theirs)
            os.execv(command[0], command)
        finally:
            os._exit(70)
    for descriptor in theirs:
        os.close(descriptor)
    return pid, ours


def run_python():
    """The runner: waits for the job in the supervisor's image, runs it, reports, exits."""
    program.rehearse()
    program.open_streams()
    if HAS_PACKAGES:
        link_fonts(os.environ.get("MPLCONFIGDIR"))
    os.write(4, b"R")
    # Only while nobody wants it: when calls come faster than guests, each imports what it uses.
    is_wanted = lambda: select.select([3], [], [], 0)[0]
    touch_heap()
    is_warm = program.warm(is_wanted) and (not HAS_PACKAGES or warm_packages(is_wanted))
    used = address_space()
    os.write(4, WARM)
    if HAS_PACKAGES and not is_warm:
        used += PACKAGES_SPACE

    def stop(_, frame):
        """The time is up: say where the program was, keep what it printed, go."""
        place = program.where(frame) or {"line": None, "column": None, "traceback": ""}
        program.flush_streams()
        leave(dict(error=dict(place, type="TimeoutError", message=""), result=None, exit_code=124, out_of_memory=False))

    own = os.getpid()
    with open(3, "rb", closefd=True) as pipe:
        for size, job in jobs(pipe):
            size += sum(part["size"] for part in job["texts"] + job["files"])
            for text in job["texts"]:
                job["inputs"][text["name"]] = pipe.read(text["size"])
            failure = place_files(pipe, job)
            # What was given is not the program's to pay for.
            limit_address_space(used, (job["memory_mb"] << 20) + (GIVEN_ROOM * size if size > CHUNK else 0), job["keep"])
            signal.signal(signal.SIGXCPU, stop)
            told = program.run(job, WORKSPACE, failure)
            signal.signal(signal.SIGXCPU, signal.SIG_IGN)
            program.flush_streams()
            if not job["keep"] or told["out_of_memory"]:
                leave(told)
            if os.getpid() != own:
                os._exit(0)  # a child that the program has made takes no jobs
            lift_limit()  # the next job has to be read
            report(dict(told, run=job["run"]), b"\n")


def touch_heap():
    """Leaves the allocator some megabytes that have been touched: under gVisor fresh memory costs more than what is done with it."""
    for _ in range(2):  # the allocator gives the first back to the system, and keeps from then on what is no larger
        bytearray(HEAP_ROOM)


def jobs(pipe):
    """The jobs as they come, with the size of each without its files; ends with the pipe."""
    while True:
        head = pipe.read(4)
        if len(head) < 4:
            os._exit(0)
        size = struct.unpack(">I", head)[0]
        yield size, json.loads(pipe.read(size))


def place_files(pipe, job):
    """Puts the files of a job where the program finds them. All are read, whatever happens; returns what went wrong, or None."""
    failure = None
    for file in job["files"]:
        content = pipe.read(file["size"])
        try:
            path = f"{WORKSPACE}/{file['path']}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            clear(path)
            with open(path, "xb") as there:
                there.write(content)
        except OSError as error:
            failure = failure or error
    return failure


def warm_packages(is_wanted):
    if not program.warm(is_wanted, program.WARM_PACKAGES):
        return False
    import numpy

    # OpenBLAS takes its buffer at the first product; where there is no room for it, it asks again for ever.
    numpy.ones((2, 2)) @ numpy.ones((2, 2))
    return True


def link_fonts(directory):
    """Gives matplotlib the image's list of fonts where it looks for one: in a directory that it can write to, or it complains."""
    try:
        os.makedirs(directory, exist_ok=True)
        for name in os.listdir(FONTS):
            os.symlink(f"{FONTS}/{name}", f"{directory}/{name}")
    except (OSError, TypeError):
        pass  # it makes its own


def clear(path):
    """Makes room for a file: a program of an earlier job may have left a pipe there, or a directory."""
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def report(told, end=b""):
    data = json.dumps(told).encode() + end
    while data:
        data = data[os.write(4, data) :]


def leave(told):
    try:
        report(told)
    finally:
        os._exit(told["exit_code"])  # also when the program has closed the pipe


def address_space():
    """Bytes of this process's address space, or None where there is no /proc (the local engine elsewhere than Linux)."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * PAGE
    except (OSError, ValueError):
        return None


def limit_address_space(used, room, is_kept):
    """Lets the program's allocations fail with MemoryError before the container's limit kills it."""
    if used is not None:
        resource.setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY if is_kept else used + room))


def lift_limit():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def wait_until_up(report_pipe, channel_in):
    while True:
        readable, _, _ = select.select([report_pipe, channel_in], [], [])
        if report_pipe in readable:
            return os.read(report_pipe, 1) == b"R"
        if os.read(channel_in, 1) == b"":
            return False


def read_header(channel):
    """The type and the size of the next frame; zeros at the end."""
    header = read_exactly(channel, 5)
    return (0, 0) if header is None else struct.unpack(">BI", header)


def read_exactly(channel, size):
    parts = []
    while size > 0:
        try:
            data = os.read(channel, min(size, 1 << 20))
        except InterruptedError:
            continue
        if not data:
            return None
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def send(channel, kind, payload=b""):
    data = struct.pack(">BI", kind, len(payload)) + payload
    while data:
        try:
            data = data[os.write(channel, data) :]
        except BrokenPipeError:
            quit(0)


class Run:
    """A guest's runs: one, or one after another in a program's process that is kept."""

    def __init__(self, pid, pipes, channel_in, channel_out, wake):
        self.pid = pid
        self.pipes = pipes
        self.channel_in = channel_in
        self.channel_out = channel_out
        self.wake = wake
        self.open = {pipes["stdout"]: STDOUT, pipes["stderr"]: STDERR, pipes["report"]: None}
        self.oom_before = oom_kills()
        self.is_importing = HAS_PACKAGES and sys.argv[1] == "python"  # what takes long enough to be waited for
        self.status = None  # wait status of the program's process
        self.is_kept = False  # the last run has left a program that takes another job
        self.given = 0  # bytes that came with the present job
        self.run = 0  # the number of the present job, which its report must have
        self.buffer = memoryview(bytearray(CHUNK))
        self.forget()

    def forget(self):
        """Before each run: nothing of the last one counts."""
        self.cause = None  # set once, by the first cause
        self.printed = 0
        self.peak = 0
        self.report = b""

    def rehearse(self):
        """Does once what a run will do: under gVisor the first touch of a page costs more than the work on it."""
        self.measure()
        self.begin({"timeout_ms": 1, "memory_mb": 256, "keep": False})
        select.select([self.wake], [], [], 0)
        self.check_memory()
        self.status, self.report, self.ended = 0, b'{"result": null}', self.started
        json.loads(json.dumps(self.verdict()))
        self.status = None
        self.forget()

    def measure(self):
        """Notes what the runner has used before its job. While nobody waits: under gVisor each look costs half a millisecond."""
        self.cpu_before = cpu_seconds(self.pid)
        reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.reaped_before = reaped.ru_utime + reaped.ru_stime
        self.container_cpu_before = container_cpu_seconds()
        if not self.is_kept:
            self.resident_before = resident_bytes(self.pid)

    def wait_for_job(self):
        """Returns when the host has something to say; false if the runner has ended meanwhile."""
        while True:
            sources = [self.channel_in] if self.is_kept else [self.channel_in, self.pipes["report"]]
            readable, _, _ = select.select(sources, [], [])
            if self.channel_in in readable:
                return True
            if os.read(self.pipes["report"], 1) != WARM:
                return False
            self.is_importing = False
            self.measure()

    def wait_for_runner(self):
        """Waits until the runner takes the job it was given: it may be in the middle of a long import."""
        while self.is_importing:
            readable, _, _ = select.select([self.pipes["report"], self.channel_in], [], [])
            if self.pipes["report"] in readable:
                if os.read(self.pipes["report"], 1) != WARM:
                    return
                self.is_importing = False
                self.measure()
            elif os.read(self.channel_in, CHUNK) == b"":
                end_everything(self.pid)
                quit(0)

    def begin(self, job):
        self.keeps = job["keep"]
        self.memory_room = (job["memory_mb"] << 20) + GIVEN_ROOM * self.given
        self.timeout = job["timeout_ms"] / 1000
        self.started = time.monotonic()
        self.deadline = self.started + self.timeout

    def take_job(self):
        """Hands the job to the runner and starts the clock; false when the host or the runner has gone."""
        if not self.wait_for_job():
            return False
        kind, size = read_header(self.channel_in)
        data = read_exactly(self.channel_in, size)
        if kind != JOB or data is None:
            return False
        self.token, text = data[:TOKEN_SIZE], data[TOKEN_SIZE:]
        job = json.loads(text)
        self.run += 1
        text = text[:-1] + b',"run":%d}' % self.run  # as it is: to write a megabyte of JSON anew takes longer than most programs
        self.given = given = len(text) + sum(part["size"] for part in job["texts"] + job["files"])
        if self.is_kept:
            self.forget()
            self.resume()
            self.is_kept = False
        self.begin(job)
        if given > CHUNK:
            widen(self.pipes["job"])
        self.hand_over(struct.pack(">I", len(text)) + text)
        for _ in job["texts"] + job["files"]:
            kind, size = read_header(self.channel_in)
            if kind != FILE or not self.pass_on(size):
                return False
        if not self.keeps:
            os.close(self.pipes["job"])
        self.wait_for_runner()
        # The program's time starts when its runner has all of the job.
        self.deadline += time.monotonic() - self.started
        self.started = time.monotonic()
        return True

    def pass_on(self, size):
        """Hands bytes from the host on to the runner as they come: fresh memory for all of them costs more than the copying."""
        while size > 0:
            count = os.readv(self.channel_in, [self.buffer[: min(size, len(self.buffer))]])
            if count == 0:
                return False
            self.hand_over(self.buffer[:count])
            size -= count
        return True

    def hand_over(self, data):
        data = memoryview(data)
        try:
            while data:
                data = data[os.write(self.pipes["job"], data) :]
        except BrokenPipeError:
            pass  # the runner has died; its status will say how

    def watch(self):
        """Forwards and watches until the program's process has ended, or a kept one is done; then ends or stops what there is and empties the pipes."""
        kill_at, look_at = None, self.started + MEMORY_POLL
        while self.status is None and not self.has_reported():
            now = time.monotonic()
            if self.cause is None and now >= self.deadline:
                self.cause = "timeout"
                self.signal_program(signal.SIGXCPU)
                kill_at = now + WIND_DOWN
            if self.cause not in (None, "timeout") or (kill_at is not None and now >= kill_at):
                self.signal_program(signal.SIGKILL)
            self.forward(max(0.0, min((kill_at or self.deadline) - now, MEMORY_POLL)))
            self.reap()
            if self.status is None and now >= look_at:
                look_at = now + MEMORY_POLL
                self.check_memory()
        self.ended = time.monotonic()
        if self.status is None:
            self.check_memory()
            signal_everything(self.pid, signal.SIGSTOP)
            for _ in range(64):  # nobody writes any more: bounded by what the pipes hold
                if not self.forward(0):
                    break
            self.is_kept = self.cause is None and self.printed <= MAX_OUTPUT and not self.told().get("out_of_memory")
        if not self.is_kept:
            end_everything(self.pid)
            for _ in range(64):  # all writers are dead: bounded by what a pipe holds
                if not self.open or not self.forward(0.05 if IS_CONTAINER else 0):
                    break

    def has_reported(self):
        """A kept program says with a whole line that its run is over. One that says so too early is stopped there, and what it
        says later, of a run that is over, counts for nothing."""
        return self.keeps and self.cause is None and b"\n" in self.report and bool(self.told())

    def resume(self):
        signal_everything(self.pid, signal.SIGCONT)
        self.measure()

    def forward(self, wait):
        """Takes what is there from the pipes; true if there was anything."""
        sources = [*self.open, self.wake]
        if self.status is None:
            sources.append(self.channel_in)
        readable, _, _ = select.select(sources, [], [], wait)
        for source in readable:
            if source == self.wake:
                drain(source)
            elif source == self.channel_in:
                if os.read(source, CHUNK) == b"":
                    end_everything(self.pid)
                    quit(0)
            else:
                self.take(source)
        return any(source in self.open or source in self.pipes.values() for source in readable)

    def take(self, source):
        data = os.read(source, CHUNK)
        if not data:
            del self.open[source]
            return
        kind = self.open[source]
        if kind is None:
            self.report = (self.report + data)[: MAX_REPORT + 1]
            return
        room = MAX_OUTPUT - self.printed
        self.printed += len(data)
        if room > 0:
            send(self.channel_out, kind, self.token + data[:room])
        if self.printed > MAX_OUTPUT and self.cause is None and self.status is None:
            self.cause = "output_limit"

    def check_memory(self):
        resident = resident_bytes(self.pid)
        self.peak = max(self.peak, resident)
        if self.cause is None and resident - self.resident_before > self.memory_room:
            self.cause = "out_of_memory"

    def signal_program(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid:
                self.status = status

    def verdict(self):
        told = self.told()
        signal_number = os.WTERMSIG(self.status) if self.status is not None and os.WIFSIGNALED(self.status) else None
        if self.status is None:
            exit_code = told.get("exit_code") or 0
        else:
            exit_code = 128 + signal_number if signal_number else os.WEXITSTATUS(self.status)
        error = told.get("error")
        if self.printed > MAX_OUTPUT and self.cause is None:
            self.cause = "output_limit"
        ending = self.cause
        if ending is None:
            if signal_number is not None:
                ran_out = oom_kills() > self.oom_before or ran_out_of_heap(signal_number, self.peak, self.memory_room)
                ending = "out_of_memory" if ran_out else "killed"
            elif told.get("out_of_memory") and exit_code == 137:
                ending = "out_of_memory"
            elif self.keeps and not told and exit_code == 0:
                ending = "killed"  # it left without a word, so that nobody knows whether it has run
            else:
                ending = "ok" if exit_code == 0 else "error"
        if ending == "timeout":
            error = error or {"line": None, "column": None, "traceback": ""}
            error.update(type="TimeoutError", message=f"The program ran longer than {round(self.timeout * 1000)} ms")
        if ending == "error" and error is None:
            error = {"type": "SystemExit", "message": str(exit_code), "line": None, "column": None, "traceback": ""}
        exit_code = {"timeout": 124, "out_of_memory": 137}.get(ending, exit_code)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "ending": ending,
            "kept": self.is_kept,
            "exit_code": exit_code,
            "signal": signal.Signals(signal_number).name if signal_number in set(signal.Signals) else None,
            "error": error if ending in ("error", "timeout", "out_of_memory") else None,
            "result": told.get("result") if ending == "ok" else None,
            "cpu_ms": max(0, round(self.cpu_used(usage) * 1000)),
            "peak_memory_bytes": max(self.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)),
            "run_ms": round((self.ended - self.started) * 1000, 3),
        }

    def cpu_used(self, usage):
        """The container's account where there is one: a program can have the kernel forget its children's."""
        spent = cpu_seconds(self.pid) if self.status is None else usage.ru_utime + usage.ru_stime - self.reaped_before
        spent -= self.cpu_before
        now = container_cpu_seconds()
        if now is None or self.container_cpu_before is None:
            return spent
        return max(spent, now[0] - self.container_cpu_before[0] - (now[1] - self.container_cpu_before[1]))

    def told(self):
        """What the runner said first; a program that forked may have said more. Of a kept one it is the first line of this run."""
        text = self.report.removeprefix(WARM).decode("utf-8", "replace")
        for line in text.split("\n")[:MAX_LINES] if self.keeps else [text]:
            try:
                told, _ = json.JSONDecoder().raw_decode(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(told, dict) and (not self.keeps or self.status is not None or told.get("run") == self.run):
                return plain(told)
        return {}


def plain(told):
    """Keeps of a report what has its proper shape: a program may have written it, and it must not spoil the verdict."""
    text = lambda value: value.encode("utf-8", "replace")[:MAX_TEXT].decode("utf-8", "ignore") if isinstance(value, str) else None
    number = lambda value: value if type(value) is int and 0 <= value < 1 << 31 else None
    error = told.get("error")
    if isinstance(error, dict):
        error = {
            **{name: text(error.get(name)) for name in ("type", "message", "traceback")},
            **{name: number(error.get(name)) for name in ("line", "column")},
        }
    else:
        error = None
    return {
        "error": error,
        "result": text(told.get("result")),
        "exit_code": number(told.get("exit_code")),
        "out_of_memory": told.get("out_of_memory") is True,
    }


def ran_out_of_heap(signal_number, peak, room):
    """Node aborts by itself when its heap is full; it had used most of its room then."""
    return signal_number in (signal.SIGABRT, signal.SIGTRAP) and peak > room // 2


def signal_everything(pid, number):
    """Signals all that the program started. In a container that is every process but this one."""
    try:
        if IS_CONTAINER:
            os.kill(-1, number)
        else:
            os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end_everything(pid):
    """Kills and reaps all that the program started."""
    signal_everything(pid, signal.SIGKILL)
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return


def drain(descriptor):
    try:
        while os.read(descriptor, 512):
            pass
    except BlockingIOError:
        pass


def resident_bytes(pid):
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def container_cpu_seconds():
    """Processor time of the whole container and of this process in it, or None (cgroup v2, then v1)."""
    if not IS_CONTAINER:
        return None
    own = time.process_time()
    try:
        with open("/sys/fs/cgroup/cpu.stat") as stat:
            return int(stat.readline().split()[1]) / 1e6, own
    except (OSError, ValueError, IndexError):
        pass
    try:
        with open("/sys/fs/cgroup/cpuacct/cpuacct.usage") as total:
            return int(total.read()) / 1e9, own
    except (OSError, ValueError):
        return None


def oom_kills():
    """How often the kernel's out-of-memory killer struck in this container (cgroup v2, then v1)."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path) as events:
                for line in events:
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        except (OSError, ValueError):
            continue
    return 0


if __name__ == "__main__":
    main()
