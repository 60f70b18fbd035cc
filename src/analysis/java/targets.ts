/**
 * What the rules are about, by full name: methods and constructors (`new`) of classes; `*` stands for whatever is in a
 * class or a package. What hangs on the arguments is in java-calls.ts. Tables, not decisions.
 */

import type { JavaRuleId } from "./rules.js";
import { namesByRule, parseWords, parseWordSet } from "../word-list.js";

const MEMBERS: Readonly<Partial<Record<JavaRuleId, string>>> = {
  "JAVA-EXEC-001": `
    java.lang.Runtime.exec java.lang.ProcessBuilder.new java.lang.ProcessBuilder.start java.lang.ProcessBuilder.startPipeline
    java.lang.ProcessImpl.* java.lang.UNIXProcess.* java.awt.Desktop.open java.awt.Desktop.edit java.awt.Desktop.browse java.awt.Desktop.print
    org.apache.commons.exec.* org.zeroturnaround.exec.* com.jcraft.jsch.*`,
  "JAVA-REFL-001": `
    java.lang.Class.forName java.lang.Class.getMethod java.lang.Class.getMethods java.lang.Class.getDeclaredMethod java.lang.Class.getDeclaredMethods
    java.lang.Class.getField java.lang.Class.getFields java.lang.Class.getDeclaredField java.lang.Class.getDeclaredFields
    java.lang.Class.getConstructor java.lang.Class.getConstructors java.lang.Class.getDeclaredConstructor java.lang.Class.getDeclaredConstructors
    java.lang.Class.newInstance java.lang.Class.getClassLoader java.lang.Class.getProtectionDomain java.lang.Class.getModule java.lang.Class.getDeclaredClasses
    java.lang.reflect.* java.lang.invoke.* java.lang.ClassLoader.loadClass java.lang.ClassLoader.getSystemClassLoader java.lang.ClassLoader.getPlatformClassLoader
    java.lang.Thread.getContextClassLoader java.lang.Thread.setContextClassLoader java.lang.System.setSecurityManager java.lang.SecurityManager.*
    java.lang.Module.* java.lang.ModuleLayer.* java.lang.StackWalker.* java.security.AccessController.* sun.reflect.*
    java.beans.Expression.* java.beans.Statement.* java.beans.Introspector.* java.beans.EventHandler.* java.util.ServiceLoader.*
    org.apache.commons.lang3.reflect.* org.apache.commons.beanutils.* org.springframework.util.ReflectionUtils.*`,
  "JAVA-DYN-001": `
    javax.script.* javax.tools.* java.lang.ClassLoader.defineClass java.lang.ClassLoader.new java.net.URLClassLoader.new java.net.URLClassLoader.newInstance java.security.SecureClassLoader.new
    java.lang.invoke.MethodHandles.Lookup.defineClass java.lang.invoke.MethodHandles.Lookup.defineHiddenClass java.lang.instrument.* jdk.jshell.*
    groovy.lang.* groovy.util.Eval.* groovy.util.GroovyScriptEngine.* bsh.* org.mozilla.javascript.* org.graalvm.polyglot.* org.python.util.* org.luaj.*
    javassist.* net.bytebuddy.* org.objectweb.asm.* org.codehaus.janino.* org.codehaus.commons.compiler.*
    ognl.* org.mvel2.* org.springframework.expression.* org.apache.commons.jexl3.* javax.el.* jakarta.el.*
    javax.naming.InitialContext.* javax.naming.directory.InitialDirContext.* javax.naming.spi.* com.sun.tools.javac.* com.sun.tools.attach.*`,
  "JAVA-PROC-001": `
    java.lang.System.exit java.lang.Runtime.exit java.lang.Runtime.halt java.lang.Runtime.addShutdownHook java.lang.Runtime.removeShutdownHook java.lang.Shutdown.*
    java.lang.ProcessHandle.destroy java.lang.ProcessHandle.destroyForcibly java.lang.Process.destroy java.lang.Process.destroyForcibly
    java.lang.System.runFinalizersOnExit sun.misc.Signal.* sun.misc.SignalHandler.*`,
  "JAVA-FILE-001": `
    java.io.FileReader.new java.io.FileInputStream.new java.io.File.list java.io.File.listFiles
    java.nio.file.Files.readAllBytes java.nio.file.Files.readAllLines java.nio.file.Files.readString java.nio.file.Files.lines
    java.nio.file.Files.newBufferedReader java.nio.file.Files.newInputStream java.nio.file.Files.list java.nio.file.Files.walk java.nio.file.Files.walkFileTree
    java.nio.file.Files.find java.nio.file.Files.newDirectoryStream java.nio.file.Files.readSymbolicLink java.nio.file.Files.readAttributes java.nio.file.Files.mismatch
    java.util.zip.ZipFile.new java.util.jar.JarFile.new javax.imageio.ImageIO.read
    org.apache.commons.io.FileUtils.readFileToString org.apache.commons.io.FileUtils.readLines org.apache.commons.io.FileUtils.readFileToByteArray
    com.google.common.io.Files.toString com.google.common.io.Files.readLines com.google.common.io.Files.asCharSource`,
  "JAVA-FILE-002": `
    java.io.FileWriter.new java.io.FileOutputStream.new java.util.logging.FileHandler.new
    java.io.File.createNewFile java.io.File.createTempFile java.io.File.mkdir java.io.File.mkdirs java.io.File.renameTo java.io.File.setReadable
    java.io.File.setWritable java.io.File.setExecutable java.io.File.setReadOnly java.io.File.setLastModified
    java.nio.file.Files.write java.nio.file.Files.writeString java.nio.file.Files.newBufferedWriter java.nio.file.Files.newOutputStream
    java.nio.file.Files.copy java.nio.file.Files.move java.nio.file.Files.createFile java.nio.file.Files.createDirectory java.nio.file.Files.createDirectories
    java.nio.file.Files.createTempFile java.nio.file.Files.createTempDirectory java.nio.file.Files.createLink java.nio.file.Files.createSymbolicLink
    java.nio.file.Files.setAttribute java.nio.file.Files.setPosixFilePermissions java.nio.file.Files.setLastModifiedTime java.nio.file.Files.setOwner
    java.lang.ProcessBuilder.Redirect.to java.lang.ProcessBuilder.Redirect.appendTo javax.imageio.ImageIO.write
    org.apache.commons.io.FileUtils.writeStringToFile org.apache.commons.io.FileUtils.copyFile org.apache.commons.io.FileUtils.moveFile
    org.apache.commons.io.FileUtils.write com.google.common.io.Files.write com.google.common.io.Files.copy com.google.common.io.Files.asCharSink`,
  "JAVA-FILE-003": `
    java.io.File.delete java.io.File.deleteOnExit java.nio.file.Files.delete java.nio.file.Files.deleteIfExists
    org.apache.commons.io.FileUtils.deleteDirectory org.apache.commons.io.FileUtils.deleteQuietly org.apache.commons.io.FileUtils.forceDelete
    org.apache.commons.io.FileUtils.cleanDirectory org.springframework.util.FileSystemUtils.deleteRecursively`,
  "JAVA-NET-001": `
    java.net.Socket.new java.net.Socket.connect java.net.ServerSocket.new java.net.ServerSocket.bind java.net.DatagramSocket.new java.net.DatagramSocket.connect java.net.DatagramSocket.send java.net.DatagramSocket.receive java.net.MulticastSocket.new java.net.MulticastSocket.joinGroup
    javax.net.SocketFactory.new javax.net.SocketFactory.createSocket javax.net.ServerSocketFactory.new javax.net.ServerSocketFactory.createServerSocket javax.net.ssl.SSLSocketFactory.new javax.net.ssl.SSLServerSocketFactory.new javax.net.ssl.SSLSocket.new javax.net.ssl.SSLSocket.startHandshake javax.net.ssl.HttpsURLConnection.new
    java.net.URL.openConnection java.net.URL.openStream java.net.URL.getContent java.net.URLConnection.new java.net.URLConnection.connect java.net.URLConnection.getInputStream java.net.URLConnection.getOutputStream java.net.URLConnection.getContent java.net.HttpURLConnection.new java.net.HttpURLConnection.getResponseCode java.net.JarURLConnection.new
    java.net.http.HttpClient.newHttpClient java.net.http.HttpClient.newBuilder java.net.http.HttpClient.send java.net.http.HttpClient.sendAsync java.net.http.HttpClient.newWebSocketBuilder
    java.net.InetAddress.getByName java.net.InetAddress.getAllByName java.net.InetAddress.getByAddress java.net.InetAddress.isReachable
    java.nio.channels.SocketChannel.new java.nio.channels.SocketChannel.open java.nio.channels.SocketChannel.connect java.nio.channels.ServerSocketChannel.new java.nio.channels.ServerSocketChannel.open java.nio.channels.DatagramChannel.new java.nio.channels.DatagramChannel.open
    java.nio.channels.AsynchronousSocketChannel.new java.nio.channels.AsynchronousSocketChannel.open java.nio.channels.AsynchronousServerSocketChannel.new java.nio.channels.AsynchronousServerSocketChannel.open
    com.sun.net.httpserver.* java.rmi.* java.sql.DriverManager.* javax.mail.* jakarta.mail.*
    okhttp3.* org.apache.http.* org.apache.hc.* org.jsoup.Jsoup.connect org.springframework.web.client.* org.springframework.web.reactive.function.client.*
    retrofit2.* kong.unirest.* com.mashape.unirest.* io.netty.* org.apache.commons.net.* java.nio.file.spi.*`,
  "JAVA-SYS-001": `
    java.lang.System.getProperties java.net.InetAddress.getLocalHost java.net.InetAddress.getLoopbackAddress java.net.NetworkInterface.*
    java.lang.Runtime.availableProcessors java.lang.Runtime.totalMemory java.lang.Runtime.freeMemory java.lang.Runtime.maxMemory java.lang.Runtime.version
    java.lang.management.* com.sun.management.* java.lang.ProcessHandle.current java.lang.ProcessHandle.of java.lang.ProcessHandle.allProcesses
    java.lang.ProcessHandle.pid java.lang.ProcessHandle.info java.lang.Process.pid java.io.File.listRoots java.io.File.getTotalSpace java.io.File.getFreeSpace
    java.io.File.getUsableSpace java.nio.file.Files.getFileStore java.nio.file.FileSystem.getFileStores oshi.*`,
  "JAVA-ENV-001": "java.lang.System.getenv java.lang.ProcessBuilder.environment io.github.cdimascio.dotenv.*",
  "JAVA-DESER-001": `
    java.io.ObjectInputStream.new java.io.ObjectInputStream.readObject java.io.ObjectInputStream.readUnshared java.io.ObjectInput.readObject java.beans.XMLDecoder.new java.beans.XMLDecoder.readObject java.rmi.MarshalledObject.* java.security.SignedObject.getObject javax.crypto.SealedObject.getObject
    com.thoughtworks.xstream.XStream.fromXML com.thoughtworks.xstream.XStream.unmarshal com.thoughtworks.xstream.XStream.createObjectInputStream
    com.esotericsoftware.kryo.Kryo.readObject com.esotericsoftware.kryo.Kryo.readClassAndObject com.esotericsoftware.kryo.Kryo.readObjectOrNull com.caucho.hessian.io.*
    org.apache.commons.lang3.SerializationUtils.deserialize org.apache.commons.lang.SerializationUtils.deserialize org.springframework.util.SerializationUtils.deserialize
    com.fasterxml.jackson.databind.ObjectMapper.enableDefaultTyping com.fasterxml.jackson.databind.ObjectMapper.activateDefaultTyping`,
  "JAVA-NATIVE-001": `
    java.lang.System.load java.lang.System.loadLibrary java.lang.Runtime.load java.lang.Runtime.loadLibrary
    sun.misc.Unsafe.* jdk.internal.* java.lang.foreign.* jdk.incubator.foreign.* com.sun.jna.* jnr.ffi.* org.bytedeco.*`,
};

/** Methods whose result is followed, with what it is; what is not here gives what it was given. */
const RESULTS = `
  java.lang.Runtime.getRuntime:java.lang.Runtime java.lang.Runtime.exec:java.lang.Process java.lang.ProcessBuilder.start:java.lang.Process java.lang.Process.toHandle:java.lang.ProcessHandle
  java.lang.ProcessHandle.current:java.lang.ProcessHandle java.lang.ProcessHandle.of:java.lang.ProcessHandle java.lang.ProcessHandle.allProcesses:java.lang.ProcessHandle
  java.lang.ProcessHandle.children:java.lang.ProcessHandle java.lang.ProcessHandle.descendants:java.lang.ProcessHandle java.lang.ProcessHandle.parent:java.lang.ProcessHandle
  java.lang.Thread.currentThread:java.lang.Thread java.lang.Thread.getContextClassLoader:java.lang.ClassLoader java.lang.Class.getClassLoader:java.lang.ClassLoader
  java.lang.ClassLoader.getSystemClassLoader:java.lang.ClassLoader java.lang.ClassLoader.getPlatformClassLoader:java.lang.ClassLoader java.lang.ClassLoader.getParent:java.lang.ClassLoader
  java.lang.Class.getMethod:java.lang.reflect.Method java.lang.Class.getDeclaredMethod:java.lang.reflect.Method java.lang.Class.getMethods:java.lang.reflect.Method java.lang.Class.getDeclaredMethods:java.lang.reflect.Method
  java.lang.Class.getField:java.lang.reflect.Field java.lang.Class.getDeclaredField:java.lang.reflect.Field java.lang.Class.getFields:java.lang.reflect.Field java.lang.Class.getDeclaredFields:java.lang.reflect.Field
  java.lang.invoke.MethodHandles.lookup:java.lang.invoke.MethodHandles.Lookup java.lang.invoke.MethodHandles.publicLookup:java.lang.invoke.MethodHandles.Lookup java.lang.invoke.MethodHandles.privateLookupIn:java.lang.invoke.MethodHandles.Lookup
  java.lang.Class.getModule:java.lang.Module java.lang.System.console:java.io.Console
  java.net.URL.openConnection:java.net.URLConnection java.net.URI.toURL:java.net.URL java.net.URI.create:java.net.URI java.net.Socket.getChannel:java.nio.channels.SocketChannel
  java.net.http.HttpClient.newHttpClient:java.net.http.HttpClient java.net.http.HttpClient.newBuilder:java.net.http.HttpClient java.net.http.HttpClient.build:java.net.http.HttpClient
  java.net.InetAddress.getLocalHost:java.net.InetAddress java.net.InetAddress.getLoopbackAddress:java.net.InetAddress
  java.nio.file.Path.of:java.nio.file.Path java.nio.file.Paths.get:java.nio.file.Path java.nio.file.FileSystem.getPath:java.nio.file.Path java.nio.file.FileSystems.getDefault:java.nio.file.FileSystem
  java.nio.file.Path.resolve:java.nio.file.Path java.nio.file.Path.toFile:java.io.File java.io.File.toPath:java.nio.file.Path java.nio.file.Files.walk:java.nio.file.Path java.nio.file.Files.list:java.nio.file.Path
  java.nio.file.Files.createTempFile:java.nio.file.Path java.nio.file.Files.createTempDirectory:java.nio.file.Path java.nio.file.Path.getFileSystem:java.nio.file.FileSystem
  java.io.File.createTempFile:java.io.File java.io.File.listFiles:java.io.File java.io.File.getParentFile:java.io.File java.io.File.getAbsoluteFile:java.io.File
  java.awt.Desktop.getDesktop:java.awt.Desktop javax.tools.ToolProvider.getSystemJavaCompiler:javax.tools.JavaCompiler
  java.time.Duration.ofSeconds:java.time.Duration java.time.Duration.ofMinutes:java.time.Duration java.time.Duration.ofMillis:java.time.Duration java.time.Duration.ofHours:java.time.Duration
`;

/** What a class inherits from, where that is ruled too. */
const PARENTS: Readonly<Record<string, string>> = {
  "java.net.URLClassLoader": "java.lang.ClassLoader",
  "java.security.SecureClassLoader": "java.lang.ClassLoader",
  "java.net.HttpURLConnection": "java.net.URLConnection",
  "java.net.JarURLConnection": "java.net.URLConnection",
  "javax.net.ssl.HttpsURLConnection": "java.net.HttpURLConnection",
  "java.net.Inet4Address": "java.net.InetAddress",
  "java.net.Inet6Address": "java.net.InetAddress",
  "java.net.MulticastSocket": "java.net.DatagramSocket",
  "javax.net.ssl.SSLSocket": "java.net.Socket",
  "javax.net.ssl.SSLServerSocket": "java.net.ServerSocket",
  "javax.net.ssl.SSLSocketFactory": "javax.net.SocketFactory",
  "javax.net.ssl.SSLServerSocketFactory": "javax.net.ServerSocketFactory",
  "java.util.jar.JarFile": "java.util.zip.ZipFile",
};

/** Methods of anything that make a text of it. */
export const MAKES_TEXT: ReadonlySet<string> = parseWordSet(
  "toString getName getSimpleName getPath getAbsolutePath getCanonicalPath getMessage substring trim strip toLowerCase toUpperCase concat replace replaceAll formatted repeat join readLine nextLine readString",
);

/** Classes that are known for what their objects are given to, or where they lead. */
const OTHER_CLASSES = `
  java.lang.String java.lang.Class java.lang.Thread java.lang.Object java.util.Scanner java.util.Formatter java.io.PrintWriter java.io.PrintStream java.io.RandomAccessFile
  java.io.File java.nio.channels.FileChannel java.nio.file.Path java.nio.file.Paths java.util.concurrent.TimeUnit java.util.concurrent.locks.LockSupport java.nio.ByteBuffer
  java.lang.reflect.Method java.lang.reflect.Field java.lang.reflect.Constructor java.lang.reflect.Proxy java.lang.reflect.AccessibleObject java.lang.reflect.InvocationHandler
  java.lang.reflect.Array java.lang.reflect.Modifier java.lang.reflect.Parameter java.lang.invoke.MethodHandles java.lang.invoke.MethodHandle java.lang.invoke.MethodType java.lang.invoke.VarHandle
  java.lang.invoke.LambdaMetafactory javax.script.ScriptEngine javax.script.ScriptEngineManager javax.script.Compilable javax.script.Invocable javax.tools.JavaCompiler javax.tools.ToolProvider
  jdk.jshell.JShell groovy.lang.GroovyShell groovy.lang.GroovyClassLoader bsh.Interpreter org.graalvm.polyglot.Context javassist.ClassPool org.yaml.snakeyaml.Yaml
  java.lang.foreign.Linker java.lang.foreign.SymbolLookup java.lang.foreign.MemorySegment java.lang.foreign.Arena java.lang.foreign.FunctionDescriptor
  com.sun.jna.Native com.sun.jna.Library jdk.internal.misc.Unsafe java.lang.management.ManagementFactory com.sun.net.httpserver.HttpServer
  java.rmi.Naming java.rmi.registry.LocateRegistry okhttp3.OkHttpClient org.springframework.web.client.RestTemplate org.apache.http.impl.client.HttpClients java.lang.instrument.Instrumentation
  java.util.ArrayList java.util.HashMap java.lang.StringBuilder java.lang.StringBuffer
`;

/** Simple names that programs give to classes of their own, so that without an import they say nothing. */
const EVERYDAY: ReadonlySet<string> = parseWordSet(
  "Method Field Array Proxy Parameter Constructor Modifier Context Statement Expression Interpreter Signal Module Native Library Arena Linker Eval Yaml Kryo Desktop Naming EventHandler Lookup Redirect Shutdown",
);

const TABLE: ReadonlyMap<string, JavaRuleId> = new Map(namesByRule(MEMBERS));

const RESULT_OF: ReadonlyMap<string, string> = new Map(
  parseWords(RESULTS).map((line) => line.split(":", 2) as [string, string]),
);

const CLASS_NAME = /^[A-Z]/;

const CLASSES: ReadonlySet<string> = new Set([
  ...[...TABLE.keys(), ...RESULT_OF.keys()]
    .map((full) => full.slice(0, full.lastIndexOf(".")))
    .filter((full) => CLASS_NAME.test(lastOf(full))),
  ...RESULT_OF.values(),
  ...parseWords(OTHER_CLASSES),
]);

/** Full names by simple name. */
const BY_SIMPLE_NAME: ReadonlyMap<string, readonly string[]> = bySimpleName(CLASSES);

/** First parts of the names of packages: what an unknown name has to be for a full name to begin with it. */
export const PACKAGE_ROOTS: ReadonlySet<string> = new Set(
  [...CLASSES, ...TABLE.keys()].map((full) => full.slice(0, full.indexOf("."))),
);

/** What a class is of a rule by, for those whose members are told apart; what names it by a text is after that. */
const NAMED: Readonly<Record<string, JavaRuleId>> = {
  "java.lang.Runtime": "JAVA-EXEC-001",
  "java.lang.ProcessBuilder": "JAVA-EXEC-001",
  "java.lang.System": "JAVA-PROC-001",
  "java.lang.Shutdown": "JAVA-PROC-001",
  "java.lang.ClassLoader": "JAVA-DYN-001",
  "java.net.URL": "JAVA-NET-001",
  "java.net.http.HttpClient": "JAVA-NET-001",
  "java.net.InetAddress": "JAVA-NET-001",
  "java.nio.file.Files": "JAVA-FILE-002",
  "java.io.File": "JAVA-FILE-003",
  "java.io.RandomAccessFile": "JAVA-FILE-002",
};

/** What a method hardly can be but the one that a rule is about, whatever it is called on. */
export const TELLING_METHODS: ReadonlyMap<string, string> = new Map([
  ...[
    ..."getDeclaredMethod getDeclaredMethods getDeclaredField getDeclaredFields getDeclaredConstructor getDeclaredConstructors".split(
      " ",
    ),
  ].map((name) => [name, `java.lang.Class.${name}`] as const),
  ["setAccessible", "java.lang.reflect.AccessibleObject.setAccessible"],
  ["defineClass", "java.lang.ClassLoader.defineClass"],
  ["openConnection", "java.net.URL.openConnection"],
  ["deleteOnExit", "java.io.File.deleteOnExit"],
  ["destroyForcibly", "java.lang.Process.destroyForcibly"],
  ["addShutdownHook", "java.lang.Runtime.addShutdownHook"],
  ["loadLibrary", "java.lang.System.loadLibrary"],
]);

/**
 * The rule that a member of a class falls under: by its own name, the class it is inherited from, its class or a
 * package.
 */
export function ruleOf(full: string): JavaRuleId | null {
  const own = TABLE.get(full);
  if (own !== undefined) return own;
  const parent = parentOf(full.slice(0, full.lastIndexOf(".")));
  const inherited = parent === null ? null : ruleOf(`${parent}.${lastOf(full)}`);
  if (inherited !== null) return inherited;
  for (let dot = full.lastIndexOf("."); dot > 0; dot = full.lastIndexOf(".", dot - 1)) {
    const whole = TABLE.get(`${full.slice(0, dot)}.*`);
    if (whole !== undefined) return whole;
  }
  return null;
}

/** The rule that a class falls under as a whole, so that to import, extend or make it is enough. */
export function ruleOfClass(full: string): JavaRuleId | null {
  return ruleOf(`${full}.new`);
}

/** The rule of a class that is named in a text. */
export function ruleOfNamed(full: string): JavaRuleId | null {
  return (Object.hasOwn(NAMED, full) ? NAMED[full] : undefined) ?? ruleOfClass(full);
}

function parentOf(full: string): string | null {
  return Object.hasOwn(PARENTS, full) ? (PARENTS[full] ?? null) : null;
}

export function isKnownClass(full: string): boolean {
  return CLASSES.has(full);
}

/**
 * Known classes that a simple name may mean, given the packages that are imported as a whole; without any, those it
 * would be imported for.
 */
export function classesNamed(simple: string, packages: readonly string[]): readonly string[] {
  const candidates = BY_SIMPLE_NAME.get(simple) ?? [];
  const visible = candidates.filter((full) => {
    const package_ = full.slice(0, full.length - simple.length - 1);
    return package_ === "java.lang" || packages.includes(package_);
  });
  return visible.length > 0 || EVERYDAY.has(simple) ? visible : candidates;
}

/** What a call of a known method returns, by full name. */
export function resultOf(full: string): string | null {
  const parent = parentOf(full.slice(0, full.lastIndexOf(".")));
  return RESULT_OF.get(full) ?? (parent === null ? null : resultOf(`${parent}.${lastOf(full)}`));
}

function bySimpleName(fulls: Iterable<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const full of fulls) found.set(lastOf(full), [...(found.get(lastOf(full)) ?? []), full]);
  return found;
}

function lastOf(full: string): string {
  return full.slice(full.lastIndexOf(".") + 1);
}
