/**
 * The classes of the Java library that the analysis knows: their full names, the objects that their methods return, and
 * the classes that a simple name may mean.
 */

import { ownerOf, parentOf, RULED_MEMBERS, simpleNameOf } from "./targets.js";
import { parseWords, parseWordSet } from "../word-list.js";

/** Methods with the class of the object that they return. Any other method may return the objects that it receives. */
const RESULTS = `
  java.lang.Runtime.getRuntime:java.lang.Runtime java.lang.Runtime.exec:java.lang.Process
  java.lang.ProcessBuilder.start:java.lang.Process java.lang.Process.toHandle:java.lang.ProcessHandle
  java.lang.ProcessHandle.current:java.lang.ProcessHandle java.lang.ProcessHandle.of:java.lang.ProcessHandle
  java.lang.ProcessHandle.allProcesses:java.lang.ProcessHandle
  java.lang.ProcessHandle.children:java.lang.ProcessHandle java.lang.ProcessHandle.descendants:java.lang.ProcessHandle
  java.lang.ProcessHandle.parent:java.lang.ProcessHandle java.lang.Thread.currentThread:java.lang.Thread
  java.lang.Thread.getContextClassLoader:java.lang.ClassLoader java.lang.Class.getClassLoader:java.lang.ClassLoader
  java.lang.ClassLoader.getSystemClassLoader:java.lang.ClassLoader
  java.lang.ClassLoader.getPlatformClassLoader:java.lang.ClassLoader
  java.lang.ClassLoader.getParent:java.lang.ClassLoader java.lang.Class.getMethod:java.lang.reflect.Method
  java.lang.Class.getDeclaredMethod:java.lang.reflect.Method java.lang.Class.getMethods:java.lang.reflect.Method
  java.lang.Class.getDeclaredMethods:java.lang.reflect.Method java.lang.Class.getField:java.lang.reflect.Field
  java.lang.Class.getDeclaredField:java.lang.reflect.Field java.lang.Class.getFields:java.lang.reflect.Field
  java.lang.Class.getDeclaredFields:java.lang.reflect.Field
  java.lang.invoke.MethodHandles.lookup:java.lang.invoke.MethodHandles.Lookup
  java.lang.invoke.MethodHandles.publicLookup:java.lang.invoke.MethodHandles.Lookup
  java.lang.invoke.MethodHandles.privateLookupIn:java.lang.invoke.MethodHandles.Lookup
  java.lang.Class.getModule:java.lang.Module java.lang.System.console:java.io.Console
  java.net.URL.openConnection:java.net.URLConnection java.net.URI.toURL:java.net.URL java.net.URI.create:java.net.URI
  java.net.Socket.getChannel:java.nio.channels.SocketChannel
  java.net.http.HttpClient.newHttpClient:java.net.http.HttpClient
  java.net.http.HttpClient.newBuilder:java.net.http.HttpClient java.net.http.HttpClient.build:java.net.http.HttpClient
  java.net.InetAddress.getLocalHost:java.net.InetAddress java.net.InetAddress.getLoopbackAddress:java.net.InetAddress
  java.nio.file.Path.of:java.nio.file.Path java.nio.file.Paths.get:java.nio.file.Path
  java.nio.file.FileSystem.getPath:java.nio.file.Path java.nio.file.FileSystems.getDefault:java.nio.file.FileSystem
  java.nio.file.Path.resolve:java.nio.file.Path java.nio.file.Path.toFile:java.io.File
  java.io.File.toPath:java.nio.file.Path java.nio.file.Files.walk:java.nio.file.Path
  java.nio.file.Files.list:java.nio.file.Path java.nio.file.Files.createTempFile:java.nio.file.Path
  java.nio.file.Files.createTempDirectory:java.nio.file.Path java.nio.file.Path.getFileSystem:java.nio.file.FileSystem
  java.io.File.createTempFile:java.io.File java.io.File.listFiles:java.io.File java.io.File.getParentFile:java.io.File
  java.io.File.getAbsoluteFile:java.io.File java.awt.Desktop.getDesktop:java.awt.Desktop
  javax.tools.ToolProvider.getSystemJavaCompiler:javax.tools.JavaCompiler
  java.time.Duration.ofSeconds:java.time.Duration java.time.Duration.ofMinutes:java.time.Duration
  java.time.Duration.ofMillis:java.time.Duration java.time.Duration.ofHours:java.time.Duration
`;

/** Methods that return a text, for an object of any class. */
export const RETURNS_TEXT: ReadonlySet<string> = parseWordSet(`
  toString getName getSimpleName getPath getAbsolutePath getCanonicalPath getMessage substring trim strip toLowerCase
  toUpperCase concat replace replaceAll formatted repeat join readLine nextLine readString
`);

/** Classes whose objects lead to a rule, or that a rule accepts as an argument. */
const OTHER_CLASSES = `
  java.lang.String java.lang.Class java.lang.Thread java.lang.Object java.util.Scanner java.util.Formatter
  java.io.PrintWriter java.io.PrintStream java.io.RandomAccessFile java.io.File java.nio.channels.FileChannel
  java.nio.file.Path java.nio.file.Paths java.util.concurrent.TimeUnit java.util.concurrent.locks.LockSupport
  java.nio.ByteBuffer java.lang.reflect.Method java.lang.reflect.Field java.lang.reflect.Constructor
  java.lang.reflect.Proxy java.lang.reflect.AccessibleObject java.lang.reflect.InvocationHandler
  java.lang.reflect.Array java.lang.reflect.Modifier java.lang.reflect.Parameter java.lang.invoke.MethodHandles
  java.lang.invoke.MethodHandle java.lang.invoke.MethodType java.lang.invoke.VarHandle
  java.lang.invoke.LambdaMetafactory javax.script.ScriptEngine javax.script.ScriptEngineManager
  javax.script.Compilable javax.script.Invocable javax.tools.JavaCompiler javax.tools.ToolProvider jdk.jshell.JShell
  groovy.lang.GroovyShell groovy.lang.GroovyClassLoader bsh.Interpreter org.graalvm.polyglot.Context
  javassist.ClassPool org.yaml.snakeyaml.Yaml java.lang.foreign.Linker java.lang.foreign.SymbolLookup
  java.lang.foreign.MemorySegment java.lang.foreign.Arena java.lang.foreign.FunctionDescriptor com.sun.jna.Native
  com.sun.jna.Library jdk.internal.misc.Unsafe java.lang.management.ManagementFactory
  com.sun.net.httpserver.HttpServer java.rmi.Naming java.rmi.registry.LocateRegistry okhttp3.OkHttpClient
  org.springframework.web.client.RestTemplate org.apache.http.impl.client.HttpClients
  java.lang.instrument.Instrumentation java.util.ArrayList java.util.HashMap java.lang.StringBuilder
  java.lang.StringBuffer
`;

/** Simple names that programs often give to their own classes. They mean a library class only if it is imported. */
const EVERYDAY: ReadonlySet<string> = parseWordSet(`
  Method Field Array Proxy Parameter Constructor Modifier Context Statement Expression Interpreter Signal Module
  Native Library Arena Linker Eval Yaml Kryo Desktop Naming EventHandler Lookup Redirect Shutdown
`);

const RESULTS_BY_METHOD: ReadonlyMap<string, string> = new Map(
  parseWords(RESULTS).map((line) => line.split(":", 2) as [string, string]),
);

const CLASS_NAME = /^[A-Z]/;

const CLASSES: ReadonlySet<string> = new Set([
  ...[...RULED_MEMBERS, ...RESULTS_BY_METHOD.keys()].map(ownerOf).filter((full) => CLASS_NAME.test(simpleNameOf(full))),
  ...RESULTS_BY_METHOD.values(),
  ...parseWords(OTHER_CLASSES),
]);

/** Full names by simple name. */
const BY_SIMPLE_NAME: ReadonlyMap<string, readonly string[]> = groupBySimpleName(CLASSES);

/** First parts of the names of packages. A full name in a program begins with one of them. */
export const PACKAGE_ROOTS: ReadonlySet<string> = new Set(
  [...CLASSES, ...RULED_MEMBERS].map((full) => full.slice(0, full.indexOf("."))),
);

export function isKnownClass(full: string): boolean {
  return CLASSES.has(full);
}

/**
 * Known classes that a simple name may mean. If no class of that name is imported, the name may mean every known class
 * of that name.
 *
 * @param packages The packages whose classes are all imported.
 */
export function classesNamed(simple: string, packages: readonly string[]): readonly string[] {
  const candidates = BY_SIMPLE_NAME.get(simple) ?? [];
  const visible = candidates.filter((full) => ownerOf(full) === "java.lang" || packages.includes(ownerOf(full)));
  return visible.length > 0 || EVERYDAY.has(simple) ? visible : candidates;
}

/** The class of the object that a known method returns. */
export function resultOf(full: string): string | null {
  const parent = parentOf(ownerOf(full));
  return RESULTS_BY_METHOD.get(full) ?? (parent === null ? null : resultOf(`${parent}.${simpleNameOf(full)}`));
}

function groupBySimpleName(fulls: Iterable<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const full of fulls) found.set(simpleNameOf(full), [...(found.get(simpleNameOf(full)) ?? []), full]);
  return found;
}
