/**
 * The functions, classes and members of modules that rules are about, by full name. A name with `()` is an object that
 * the call returns. This file holds tables and no decisions.
 */

import type { PythonRuleId } from "./rules.js";
import { namesByRule, parseWordSet } from "../word-list.js";

/** Modules with two names. The right one is the full name that all tables use. */
export const SAME_MODULE: Readonly<Record<string, string>> = {
  posix: "os",
  nt: "os",
  _io: "io",
  _socket: "socket",
  _pickle: "pickle",
  cPickle: "pickle",
  _ctypes: "ctypes",
  __builtin__: "builtins",
  posixpath: "os.path",
  ntpath: "os.path",
  _thread: "threading",
  importlib_metadata: "importlib.metadata",
  _posixsubprocess: "subprocess",
};

/** The same for members and objects. */
export const SAME_MEMBER: Readonly<Record<string, string>> = {
  "io.open": "builtins.open",
  "os.fdopen": "builtins.open",
  "codecs.open": "builtins.open",
  "tokenize.open": "builtins.open",
  "pathlib.PosixPath": "pathlib.Path",
  "pathlib.WindowsPath": "pathlib.Path",
  "pathlib.Path.home()": "pathlib.Path()",
  "pathlib.Path.cwd()": "pathlib.Path()",
  "pathlib.Path().resolve()": "pathlib.Path()",
  "pathlib.Path().absolute()": "pathlib.Path()",
  "pathlib.Path().expanduser()": "pathlib.Path()",
  "pathlib.Path().joinpath()": "pathlib.Path()",
  "pathlib.Path().with_suffix()": "pathlib.Path()",
  "pathlib.Path().with_name()": "pathlib.Path()",
  "pathlib.Path().parent": "pathlib.Path()",
  "requests.session": "requests.Session",
  "sqlite3.Connection()": "sqlite3.connect()",
  "asyncio.get_event_loop()": "asyncio.get_running_loop()",
  "asyncio.new_event_loop()": "asyncio.get_running_loop()",
  "xml.etree.ElementTree.parse()": "xml.etree.ElementTree.ElementTree()",
  "os.sys": "sys",
};

/** Functions that return an object with members in the tables below. */
export const RETURNS_OBJECT: ReadonlySet<string> = parseWordSet(`
  pathlib.Path pathlib.Path.home pathlib.Path.cwd pathlib.Path().resolve pathlib.Path().absolute
  pathlib.Path().expanduser pathlib.Path().joinpath pathlib.Path().with_suffix pathlib.Path().with_name
  pathlib.Path().iterdir pathlib.Path().glob pathlib.Path().rglob psutil.Process requests.Session requests.session
  asyncio.get_event_loop asyncio.new_event_loop asyncio.get_running_loop xml.etree.ElementTree.ElementTree
  xml.etree.ElementTree.parse zipfile.ZipFile tarfile.open unittest.TestLoader cProfile.Profile profile.Profile
  io.BytesIO numpy.DataSource
  importlib.util.spec_from_file_location yaml.SafeLoader configparser.ConfigParser configparser.RawConfigParser
  sqlite3.connect sqlite3.Connection
`);

/** Objects that yield paths. */
export const YIELDS_PATHS: ReadonlySet<string> = parseWordSet(
  "pathlib.Path().iterdir() pathlib.Path().glob() pathlib.Path().rglob()",
);

/** Modules that other modules import for themselves: `random._os` is `os`. */
export const RISKY_MODULES: ReadonlySet<string> = parseWordSet(`
  os sys subprocess socket builtins importlib ctypes shutil posix nt signal multiprocessing pty gc inspect pickle
  marshal linecache tempfile platform threading types resource urllib.request
`);

/** Builtins that are a finding wherever a program uses them. For `open` and `type` the arguments decide. */
const BUILTINS: Readonly<Partial<Record<PythonRuleId, string>>> = {
  "PY-DYN-001": "eval exec execfile",
  "PY-DYN-002": "compile",
  "PY-DYN-003": "__import__",
  "PY-INTRO-001": "globals locals",
  "PY-PROC-001": "input raw_input breakpoint help license credits copyright",
  "PY-ESC-001": "__loader__ __spec__ __builtins__",
};

const MEMBERS: Readonly<Partial<Record<PythonRuleId, string>>> = {
  "PY-EXEC-001": `
    os.system os.popen os.popen2 os.popen3 os.popen4 os.startfile commands.getoutput commands.getstatusoutput
    subprocess.getoutput subprocess.getstatusoutput pty.spawn asyncio.create_subprocess_shell platform.popen`,
  "PY-EXEC-002": `
    subprocess.run subprocess.call subprocess.Popen subprocess.check_output subprocess.check_call
    subprocess.fork_exec os.execl os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe os.spawnl
    os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp
    asyncio.create_subprocess_exec asyncio.subprocess.create_subprocess_exec
    asyncio.subprocess.create_subprocess_shell asyncio.get_running_loop().subprocess_exec
    asyncio.get_running_loop().subprocess_shell multiprocessing.util.spawnv_passfds pydoc.pipepager
    pydoc.tempfilepager uuid._get_command_stdout sh.bash sh.rm webbrowser.open pexpect.spawn pexpect.run
    fabric.Connection invoke.run paramiko.SSHClient os.posix_spawn numpy.f2py.compile numpy.f2py.main
    numpy.f2py.run_main sympy.preview sympy.printing.preview sympy.printing.preview.preview PIL.ImageShow.show`,
  "PY-DYN-001": `
    pandas.eval cProfile.runctx profile.runctx numpy.testing.runstring numpy.testing.measure
    numpy.testing.rundocs numexpr.evaluate numexpr.re_evaluate tkinter.Tcl doctest.run_docstring_examples
    runpy.run_path runpy.run_module code.interact code.InteractiveInterpreter code.InteractiveConsole timeit.main
    cProfile.run profile.run cProfile.Profile().run cProfile.Profile().runctx profile.Profile().run
    profile.Profile().runctx trace.Trace doctest.testfile bdb.Bdb pdb.run pdb.runeval`,
  "PY-DYN-002": `
    codeop.compile_command codeop.CommandCompiler py_compile.compile compileall.compile_dir compileall.compile_file
    types.FunctionType types.CodeType types.LambdaType`,
  "PY-DYN-003": `
    importlib.import_module importlib.__import__ importlib.reload importlib.util.spec_from_file_location
    importlib.util.module_from_spec importlib.machinery.SourceFileLoader importlib.machinery.ExtensionFileLoader
    imp.load_source imp.load_module imp.load_dynamic pkgutil.get_loader pkgutil.find_loader pkgutil.resolve_name
    importlib.metadata.EntryPoint logging.config.BaseConfigurator logging.config.DictConfigurator
    zipimport.zipimporter pydoc.locate pydoc.safeimport pydoc.resolve pip.main
    pip._internal.main`,
  "PY-DYN-004": `
    typing.get_type_hints typing.ForwardRef ast.parse ast.compile ast.NodeTransformer ast.unparse symtable.symtable
    dis.dis dis.Bytecode dis.get_instructions`,
  "PY-DYN-005": `
    unittest.defaultTestLoader.loadTestsFromName unittest.defaultTestLoader.loadTestsFromNames
    unittest.defaultTestLoader.discover unittest.TestLoader().loadTestsFromName
    unittest.TestLoader().loadTestsFromNames unittest.TestLoader().discover`,
  "PY-FILE-001": `
    io.FileIO argparse.FileType io.open_code os.read os.pread linecache.getline linecache.getlines
    fileinput.input fileinput.FileInput pathlib.Path().read_text pathlib.Path().read_bytes os.readlink`,
  "PY-FILE-002": `
    os.write os.pwrite os.mkdir os.makedirs os.rename os.renames os.replace os.link os.symlink os.chmod os.lchmod
    os.fchmod os.chown os.lchown os.fchown os.truncate os.ftruncate os.mkfifo os.mknod os.utime os.copy_file_range
    os.sendfile os.setxattr os.removexattr shutil.copy shutil.copy2 shutil.copyfile shutil.copyfileobj
    shutil.copytree shutil.copymode shutil.copystat shutil.move shutil.chown shutil.make_archive
    shutil.unpack_archive pathlib.Path().write_text pathlib.Path().write_bytes pathlib.Path().touch
    pathlib.Path().mkdir pathlib.Path().rename pathlib.Path().replace pathlib.Path().chmod pathlib.Path().lchmod
    pathlib.Path().symlink_to pathlib.Path().hardlink_to pathlib.Path().link_to tempfile.NamedTemporaryFile
    tempfile.TemporaryFile tempfile.mkstemp tempfile.mkdtemp tempfile.TemporaryDirectory
    tempfile.SpooledTemporaryFile logging.FileHandler logging.handlers.RotatingFileHandler
    logging.handlers.TimedRotatingFileHandler logging.handlers.WatchedFileHandler urllib.request.urlretrieve
    wget.download sqlite3.connect dbm.open xml.etree.ElementTree.ElementTree().write zipfile.main tarfile.main
    zipfile.ZipFile().extract zipfile.ZipFile().extractall tarfile.open().extract tarfile.open().extractall
    zipfile.PyZipFile numpy.save numpy.savez numpy.savez_compressed numpy.savetxt numpy.memmap pandas.ExcelWriter
    pandas.HDFStore matplotlib.pyplot.imsave`,
  "PY-FILE-003":
    "os.remove os.unlink os.rmdir os.removedirs pathlib.Path().unlink pathlib.Path().rmdir send2trash.send2trash",
  "PY-FILE-004": "shutil.rmtree distutils.dir_util.remove_tree",
  "PY-FILE-006": `
    os.walk os.listdir os.scandir os.fwalk os.stat os.lstat glob.glob glob.iglob os.access os.statvfs
    shutil.disk_usage shutil.which filecmp.cmp filecmp.dircmp pathlib.Path().iterdir pathlib.Path().glob
    pathlib.Path().rglob pathlib.Path().stat pathlib.Path().exists
    pathlib.Path().is_file pathlib.Path().is_dir`,
  "PY-NET-001": `
    socket.socket socket.create_connection socket.create_server socket.socketpair socket.fromfd socket.SocketType
    ssl.wrap_socket ssl.SSLContext ssl.create_default_context asyncio.open_connection asyncio.start_server
    asyncio.open_unix_connection asyncio.start_unix_server socketserver.TCPServer socketserver.UDPServer
    socketserver.ThreadingTCPServer http.server.HTTPServer http.server.ThreadingHTTPServer
    wsgiref.simple_server.make_server xmlrpc.server.SimpleXMLRPCServer zmq.Context websockets.connect
    websocket.create_connection`,
  "PY-NET-002": `
    urllib.request.urlopen urllib.request.urlretrieve urllib.request.Request urllib.request.build_opener
    urllib.urlopen urllib2.urlopen asyncio.get_running_loop().create_connection
    asyncio.get_running_loop().create_server asyncio.get_running_loop().create_datagram_endpoint
    ssl.get_server_certificate logging.handlers.SocketHandler logging.handlers.SysLogHandler
    logging.handlers.SMTPHandler logging.handlers.HTTPHandler http.client.HTTPConnection http.client.HTTPSConnection
    requests.get requests.post requests.put requests.patch requests.delete requests.head requests.options
    requests.request requests.Session requests.session httpx.get httpx.post httpx.put httpx.patch httpx.delete
    httpx.request httpx.stream httpx.Client httpx.AsyncClient aiohttp.ClientSession aiohttp.request
    urllib3.PoolManager urllib3.request ftplib.FTP ftplib.FTP_TLS smtplib.SMTP smtplib.SMTP_SSL imaplib.IMAP4
    imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL telnetlib.Telnet nntplib.NNTP xmlrpc.client.ServerProxy
    socket.getaddrinfo socket.gethostbyname socket.gethostbyname_ex socket.gethostbyaddr dns.resolver.resolve
    boto3.client boto3.resource paramiko.Transport pycurl.Curl seaborn.load_dataset seaborn.get_dataset_names
    seaborn.utils.load_dataset statsmodels.api.datasets.get_rdataset statsmodels.datasets.get_rdataset
    statsmodels.datasets.utils.get_rdataset sklearn.datasets.fetch_20newsgroups
    sklearn.datasets.fetch_20newsgroups_vectorized sklearn.datasets.fetch_california_housing
    sklearn.datasets.fetch_covtype sklearn.datasets.fetch_kddcup99 sklearn.datasets.fetch_lfw_pairs
    sklearn.datasets.fetch_lfw_people sklearn.datasets.fetch_olivetti_faces sklearn.datasets.fetch_openml
    sklearn.datasets.fetch_rcv1 sklearn.datasets.fetch_species_distributions sklearn.datasets.fetch_file
    nltk.download yfinance.download pooch.retrieve`,
  "PY-NET-003": "socket.SOCK_RAW socket.AF_PACKET scapy.all.sniff scapy.all.send scapy.all.sr1",
  "PY-SYS-001": `
    platform.system platform.release platform.version platform.platform platform.machine platform.node
    platform.processor platform.uname platform.architecture platform.python_version platform.mac_ver
    platform.win32_ver platform.libc_ver platform.freedesktop_os_release os.uname os.getlogin os.getuid os.geteuid
    os.getgid os.getegid os.getpid os.getppid os.getpgid os.cpu_count os.getloadavg os.times os.sysconf os.confstr
    os.getcwd os.getgroups socket.gethostname socket.getfqdn socket.if_nameindex getpass.getuser uuid.getnode
    pwd.getpwall pwd.getpwnam pwd.getpwuid grp.getgrall spwd.getspall spwd.getspnam psutil.process_iter psutil.pids
    psutil.Process psutil.virtual_memory psutil.cpu_percent psutil.cpu_count psutil.disk_usage
    psutil.disk_partitions psutil.net_connections psutil.net_if_addrs psutil.users psutil.boot_time
    psutil.sensors_temperatures psutil.swap_memory psutil.pid_exists psutil.net_io_counters sysconfig.get_paths
    sysconfig.get_config_vars site.getsitepackages winreg.OpenKey winreg.SetValueEx winreg.CreateKey
    resource.getrusage`,
  "PY-ENV-001": `
    os.environ os.environb os.getenv os.getenvb os.putenv os.unsetenv os.path.expandvars dotenv.load_dotenv
    dotenv.dotenv_values`,
  "PY-INTRO-001": "sys.modules sys.path sys.meta_path sys.path_hooks sys.path_importer_cache",
  "PY-INTRO-002": `
    inspect.getfile inspect.getsource inspect.getsourcelines inspect.getsourcefile inspect.getmodule
    inspect.getmembers inspect.getmembers_static inspect.classify_class_attrs inspect.getclosurevars
    inspect.getattr_static inspect.get_annotations inspect.findsource inspect.unwrap threading.settrace_all_threads
    threading.setprofile_all_threads sys.settrace sys.setprofile
    threading.settrace threading.setprofile sys.addaudithook sys.displayhook sys.excepthook sys.gettrace`,
  "PY-ESC-001": `
    sys._getframe sys._current_frames sys._current_exceptions sys.last_traceback sys._getframemodulename
    inspect.currentframe inspect.stack inspect.trace inspect.getouterframes inspect.getinnerframes
    inspect.getgeneratorlocals inspect.getcoroutinelocals inspect.getasyncgenlocals logging.currentframe
    asyncio.Task.get_stack traceback.walk_stack traceback.walk_tb warnings._getaction
    gc.get_objects gc.get_referrers gc.get_referents
    ctypes.pythonapi types.FrameType`,
  "PY-DESER-001": `
    pickle.load pickle.loads pickle.Unpickler cPickle.load cPickle.loads _pickle.loads dill.load dill.loads
    cloudpickle.load cloudpickle.loads marshal.load marshal.loads shelve.open jsonpickle.decode jsonpickle.loads
    joblib.load joblib.numpy_pickle.load pandas.read_pickle pandas.io.pickle.read_pickle
    pandas.io.api.read_pickle networkx.read_gpickle statsmodels.api.load
    statsmodels.iolib.smpickle.load_pickle torch.load yaml.unsafe_load yaml.unsafe_load_all yaml.full_load
    yaml.full_load_all yaml.UnsafeLoader yaml.FullLoader ruamel.yaml.unsafe_load pickletools.genops
    multiprocessing.connection.Client multiprocessing.connection.Listener logging.config.listen`,
  "PY-NATIVE-001": `
    ctypes.CDLL ctypes.cdll ctypes.PyDLL ctypes.pydll ctypes.WinDLL ctypes.windll ctypes.OleDLL ctypes.oledll
    ctypes.LibraryLoader ctypes.string_at ctypes.memmove ctypes.memset ctypes.cast ctypes.util.find_library cffi.FFI
    mmap.mmap numpy.ctypeslib.load_library _ctypes.dlopen sys.setdlopenflags sqlite3.connect().enable_load_extension
    sqlite3.connect().load_extension sympy.utilities.autowrap.autowrap
    sympy.utilities.autowrap.ufuncify sympy.utilities.autowrap.binary_function`,
  "PY-PROC-001": "sys.stdin sys.__stdin__ getpass.getpass fileinput.input readline.parse_and_bind curses.initscr",
  "PY-PROC-002": `
    os.kill os.killpg os.abort os._exit signal.pthread_kill signal.raise_signal signal.sigqueue
    psutil.Process().kill psutil.Process().terminate psutil.Process().suspend psutil.Process().send_signal os.reboot
    faulthandler._sigsegv`,
  "PY-PROC-003": `
    os.fork os.forkpty pty.fork multiprocessing.Process multiprocessing.Pool multiprocessing.Manager
    multiprocessing.pool.Pool multiprocessing.context.Process multiprocessing.get_context
    concurrent.futures.ProcessPoolExecutor concurrent.futures.process.ProcessPoolExecutor joblib.Parallel
    daemon.DaemonContext os.setsid os.daemon`,
  "PY-PROC-004": `
    threading.Thread threading.Timer threading.start_new_thread concurrent.futures.ThreadPoolExecutor
    concurrent.futures.thread.ThreadPoolExecutor multiprocessing.pool.ThreadPool`,
  "PY-PROC-005": `
    signal.signal signal.alarm signal.setitimer signal.sigwait signal.pause atexit.register resource.setrlimit
    os.nice os.setuid os.setgid os.seteuid os.setegid os.setreuid os.setresuid os.setgroups os.setpriority
    os.sched_setaffinity os.chroot os.chdir os.fchdir os.umask os.dup2 os.setns os.unshare os.mount os.setpgid
    sys.setswitchinterval faulthandler.enable gc.disable gc.set_threshold`,
};

const TABLE: ReadonlyMap<string, PythonRuleId> = new Map([
  ...namesByRule(MEMBERS),
  ...namesByRule(BUILTINS).map(([name, rule]): [string, PythonRuleId] => [`builtins.${name}`, rule]),
]);

/** The names that a rule is about, among builtins and the members of `os`: those that a guest can withhold. */
export function guestNamesOf(rule: string): readonly string[] {
  return [...TABLE].filter(([full, of]) => of === rule && /^(?:builtins|os)\.\w+$/.test(full)).map(([full]) => full);
}

/** Builtins that a rule is about, by plain name. */
export const RULED_BUILTINS: ReadonlySet<string> = new Set([
  ...namesByRule(BUILTINS).map(([name]) => name),
  "open",
  "vars",
  "type",
  "getattr",
  "setattr",
  "delattr",
  "hasattr",
]);

/** The full names in the table by their last name, for members of an unknown object. */
export const MEMBERS_BY_NAME: ReadonlyMap<string, readonly string[]> = group(
  [...TABLE.keys()].filter((full) => !full.startsWith("builtins.") && !full.includes("()")),
);

const TELLING_METHODS = new RegExp(
  "^(?:(?:pathlib\\.Path|psutil\\.Process)\\(\\)\\.(?:" +
    "write_text|write_bytes|unlink|rmdir|touch|read_text|read_bytes|symlink_to|hardlink_to|kill|terminate|rglob" +
    ")|asyncio\\.get_running_loop\\(\\)\\.\\w+|sqlite3\\.connect\\(\\)\\.(?:enable_)?load_extension)$",
);

/**
 * Methods that are reported on an unknown object if the program has imported their module. Their names are rare enough
 * elsewhere.
 */
export const OBJECT_METHODS: ReadonlyMap<string, { readonly module: string; readonly full: string }> = new Map(
  [...TABLE.keys()]
    .filter((full) => TELLING_METHODS.test(full))
    .map((full) => [full.slice(full.lastIndexOf(".") + 1), { module: full.slice(0, full.indexOf(".")), full }]),
);

/** The full names of functions and classes of modules that a rule is about, with the rule. */
export function ruledMembers(): readonly (readonly [string, PythonRuleId])[] {
  return [...TABLE].filter(([full]) => !full.startsWith("builtins.") && !full.includes("()"));
}

/** The rule for a full name. */
export function ruleOf(full: string): PythonRuleId | null {
  // `Path.unlink(path)` is `path.unlink()`.
  return TABLE.get(full) ?? TABLE.get(full.replace(/^(pathlib\.Path|psutil\.Process)\./, "$1().")) ?? null;
}

function group(names: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const full of names) {
    const last = full.slice(full.lastIndexOf(".") + 1);
    found.set(last, [...(found.get(last) ?? []), full]);
  }
  return found;
}
