/**
 * Knows the file systems that show the kernel and its processes instead of files. One of them can be mounted anywhere,
 * so its path says nothing: a `/proc` inside a root would show the environment of this server.
 */

/** The numbers by which Linux tells file systems apart (linux/magic.h). */
const KERNEL_VIEWS: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x9fa1, // openprom
  0x62656572, // sysfs
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0x62656570, // configfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x7655821, // resctrl
  0xcafe4a11, // bpf
  0x6165676c, // pstore
  0xde5e81e4, // efivarfs
  0xf97cff8c, // selinuxfs
  0x43415d53, // smackfs
  0x5a3c69f0, // apparmorfs
  0x1cd1, // devpts
  0x19800202, // mqueue
  0x6e736673, // nsfs
  0x42494e4d, // binfmt_misc
  0x65735543, // fusectl
  0x67596969, // rpc_pipefs
  0xabba1974, // xenfs
  0x6c6f6f70, // binderfs
  0x09041934, // anonymous inodes
  0x50495045, // pipes
  0x534f434b, // sockets
]);

/** Returns true if a file system of this type holds no files of a person. */
export function isKernelView(type: number | bigint): boolean {
  return KERNEL_VIEWS.has(Number(BigInt.asUintN(32, BigInt(type))));
}
