/** The module `node:os`: the guest's own values, the same in every guest. Nothing of the machine is in it. */

const MEMORY = 256 * 1_048_576;
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 };

const values = {
  EOL: "\n",
  devNull: "/dev/null",
  constants: { signals: SIGNALS, errno: { ENOENT: 2, EACCES: 13, EEXIST: 17, ENOTDIR: 20, EISDIR: 21 }, priority: {} },
  arch: () => "x64",
  availableParallelism: () => 1,
  cpus: () => [{ model: "guest", speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
  endianness: () => "LE",
  freemem: () => MEMORY / 2,
  getPriority: () => 0,
  homedir: () => "/tmp",
  hostname: () => "guest",
  loadavg: () => [0, 0, 0],
  machine: () => "x86_64",
  networkInterfaces: () => ({}),
  platform: () => "linux",
  release: () => "0.0.0",
  tmpdir: () => "/tmp",
  totalmem: () => MEMORY,
  type: () => "Linux",
  uptime: () => Math.floor(realm.now() / 1000),
  userInfo: () => ({ uid: 1000, gid: 1000, username: "guest", homedir: "/tmp", shell: null }),
  version: () => "guest",
};

export default values;
