/**
 * The members of the Java library that rules are about, by full name. A constructor is called `new`, and `*` stands for
 * all members of a class or package. The rules that depend on arguments are in calls.ts.
 */

import type { JavaRuleId } from "./rules.js";
import { namesByRule } from "../word-list.js";

const MEMBERS: Readonly<Partial<Record<JavaRuleId, string>>> = {
  "JAVA-EXEC-001": `
    java.lang.Runtime.exec java.lang.ProcessBuilder.new java.lang.ProcessBuilder.start
    java.lang.ProcessBuilder.startPipeline java.lang.ProcessImpl.* java.lang.UNIXProcess.* java.awt.Desktop.open
    java.awt.Desktop.edit java.awt.Desktop.browse java.awt.Desktop.print org.apache.commons.exec.*
    org.zeroturnaround.exec.* com.jcraft.jsch.*`,
  "JAVA-REFL-001": `
    java.lang.Class.forName java.lang.Class.getMethod java.lang.Class.getMethods java.lang.Class.getDeclaredMethod
    java.lang.Class.getDeclaredMethods java.lang.Class.getField java.lang.Class.getFields
    java.lang.Class.getDeclaredField java.lang.Class.getDeclaredFields java.lang.Class.getConstructor
    java.lang.Class.getConstructors java.lang.Class.getDeclaredConstructor java.lang.Class.getDeclaredConstructors
    java.lang.Class.newInstance java.lang.Class.getClassLoader java.lang.Class.getProtectionDomain
    java.lang.Class.getModule java.lang.Class.getDeclaredClasses java.lang.reflect.* java.lang.invoke.*
    java.lang.ClassLoader.loadClass java.lang.ClassLoader.getSystemClassLoader
    java.lang.ClassLoader.getPlatformClassLoader java.lang.Thread.getContextClassLoader
    java.lang.Thread.setContextClassLoader java.lang.System.setSecurityManager java.lang.SecurityManager.*
    java.lang.Module.* java.lang.ModuleLayer.* java.lang.StackWalker.* java.security.AccessController.* sun.reflect.*
    java.beans.Expression.* java.beans.Statement.* java.beans.Introspector.* java.beans.EventHandler.*
    java.util.ServiceLoader.* org.apache.commons.lang3.reflect.* org.apache.commons.beanutils.*
    org.springframework.util.ReflectionUtils.*`,
  "JAVA-DYN-001": `
    javax.script.* javax.tools.* java.lang.ClassLoader.defineClass java.lang.ClassLoader.new
    java.net.URLClassLoader.new java.net.URLClassLoader.newInstance java.security.SecureClassLoader.new
    java.lang.invoke.MethodHandles.Lookup.defineClass java.lang.invoke.MethodHandles.Lookup.defineHiddenClass
    java.lang.instrument.* jdk.jshell.* groovy.lang.* groovy.util.Eval.* groovy.util.GroovyScriptEngine.* bsh.*
    org.mozilla.javascript.* org.graalvm.polyglot.* org.python.util.* org.luaj.* javassist.* net.bytebuddy.*
    org.objectweb.asm.* org.codehaus.janino.* org.codehaus.commons.compiler.* ognl.* org.mvel2.*
    org.springframework.expression.* org.apache.commons.jexl3.* javax.el.* jakarta.el.* javax.naming.InitialContext.*
    javax.naming.directory.InitialDirContext.* javax.naming.spi.* com.sun.tools.javac.* com.sun.tools.attach.*`,
  "JAVA-PROC-001": `
    java.lang.System.exit java.lang.Runtime.exit java.lang.Runtime.halt java.lang.Runtime.addShutdownHook
    java.lang.Runtime.removeShutdownHook java.lang.Shutdown.* java.lang.ProcessHandle.destroy
    java.lang.ProcessHandle.destroyForcibly java.lang.Process.destroy java.lang.Process.destroyForcibly
    java.lang.System.runFinalizersOnExit sun.misc.Signal.* sun.misc.SignalHandler.*`,
  "JAVA-FILE-001": `
    java.io.FileReader.new java.io.FileInputStream.new java.io.File.list java.io.File.listFiles
    java.nio.file.Files.readAllBytes java.nio.file.Files.readAllLines java.nio.file.Files.readString
    java.nio.file.Files.lines java.nio.file.Files.newBufferedReader java.nio.file.Files.newInputStream
    java.nio.file.Files.list java.nio.file.Files.walk java.nio.file.Files.walkFileTree java.nio.file.Files.find
    java.nio.file.Files.newDirectoryStream java.nio.file.Files.readSymbolicLink java.nio.file.Files.readAttributes
    java.nio.file.Files.mismatch java.util.zip.ZipFile.new java.util.jar.JarFile.new javax.imageio.ImageIO.read
    org.apache.commons.io.FileUtils.readFileToString org.apache.commons.io.FileUtils.readLines
    org.apache.commons.io.FileUtils.readFileToByteArray com.google.common.io.Files.toString
    com.google.common.io.Files.readLines com.google.common.io.Files.asCharSource`,
  "JAVA-FILE-002": `
    java.io.FileWriter.new java.io.FileOutputStream.new java.util.logging.FileHandler.new java.io.File.createNewFile
    java.io.File.createTempFile java.io.File.mkdir java.io.File.mkdirs java.io.File.renameTo java.io.File.setReadable
    java.io.File.setWritable java.io.File.setExecutable java.io.File.setReadOnly java.io.File.setLastModified
    java.nio.file.Files.write java.nio.file.Files.writeString java.nio.file.Files.newBufferedWriter
    java.nio.file.Files.newOutputStream java.nio.file.Files.copy java.nio.file.Files.move
    java.nio.file.Files.createFile java.nio.file.Files.createDirectory java.nio.file.Files.createDirectories
    java.nio.file.Files.createTempFile java.nio.file.Files.createTempDirectory java.nio.file.Files.createLink
    java.nio.file.Files.createSymbolicLink java.nio.file.Files.setAttribute
    java.nio.file.Files.setPosixFilePermissions java.nio.file.Files.setLastModifiedTime java.nio.file.Files.setOwner
    java.lang.ProcessBuilder.Redirect.to java.lang.ProcessBuilder.Redirect.appendTo javax.imageio.ImageIO.write
    org.apache.commons.io.FileUtils.writeStringToFile org.apache.commons.io.FileUtils.copyFile
    org.apache.commons.io.FileUtils.moveFile org.apache.commons.io.FileUtils.write com.google.common.io.Files.write
    com.google.common.io.Files.copy com.google.common.io.Files.asCharSink`,
  "JAVA-FILE-003": `
    java.io.File.delete java.io.File.deleteOnExit java.nio.file.Files.delete java.nio.file.Files.deleteIfExists
    org.apache.commons.io.FileUtils.deleteDirectory org.apache.commons.io.FileUtils.deleteQuietly
    org.apache.commons.io.FileUtils.forceDelete org.apache.commons.io.FileUtils.cleanDirectory
    org.springframework.util.FileSystemUtils.deleteRecursively`,
  "JAVA-NET-001": `
    java.net.Socket.new java.net.Socket.connect java.net.ServerSocket.new java.net.ServerSocket.bind
    java.net.DatagramSocket.new java.net.DatagramSocket.connect java.net.DatagramSocket.send
    java.net.DatagramSocket.receive java.net.MulticastSocket.new java.net.MulticastSocket.joinGroup
    javax.net.SocketFactory.new javax.net.SocketFactory.createSocket javax.net.ServerSocketFactory.new
    javax.net.ServerSocketFactory.createServerSocket javax.net.ssl.SSLSocketFactory.new
    javax.net.ssl.SSLServerSocketFactory.new javax.net.ssl.SSLSocket.new javax.net.ssl.SSLSocket.startHandshake
    javax.net.ssl.HttpsURLConnection.new java.net.URL.openConnection java.net.URL.openStream java.net.URL.getContent
    java.net.URLConnection.new java.net.URLConnection.connect java.net.URLConnection.getInputStream
    java.net.URLConnection.getOutputStream java.net.URLConnection.getContent java.net.HttpURLConnection.new
    java.net.HttpURLConnection.getResponseCode java.net.JarURLConnection.new java.net.http.HttpClient.newHttpClient
    java.net.http.HttpClient.newBuilder java.net.http.HttpClient.send java.net.http.HttpClient.sendAsync
    java.net.http.HttpClient.newWebSocketBuilder java.net.InetAddress.getByName java.net.InetAddress.getAllByName
    java.net.InetAddress.getByAddress java.net.InetAddress.isReachable java.nio.channels.SocketChannel.new
    java.nio.channels.SocketChannel.open java.nio.channels.SocketChannel.connect
    java.nio.channels.ServerSocketChannel.new java.nio.channels.ServerSocketChannel.open
    java.nio.channels.DatagramChannel.new java.nio.channels.DatagramChannel.open
    java.nio.channels.AsynchronousSocketChannel.new java.nio.channels.AsynchronousSocketChannel.open
    java.nio.channels.AsynchronousServerSocketChannel.new java.nio.channels.AsynchronousServerSocketChannel.open
    com.sun.net.httpserver.* java.rmi.* java.sql.DriverManager.* javax.mail.* jakarta.mail.* okhttp3.*
    org.apache.http.* org.apache.hc.* org.jsoup.Jsoup.connect org.springframework.web.client.*
    org.springframework.web.reactive.function.client.* retrofit2.* kong.unirest.* com.mashape.unirest.* io.netty.*
    org.apache.commons.net.* java.nio.file.spi.*`,
  "JAVA-SYS-001": `
    java.lang.System.getProperties java.net.InetAddress.getLocalHost java.net.InetAddress.getLoopbackAddress
    java.net.NetworkInterface.* java.lang.Runtime.availableProcessors java.lang.Runtime.totalMemory
    java.lang.Runtime.freeMemory java.lang.Runtime.maxMemory java.lang.Runtime.version java.lang.management.*
    com.sun.management.* java.lang.ProcessHandle.current java.lang.ProcessHandle.of
    java.lang.ProcessHandle.allProcesses java.lang.ProcessHandle.pid java.lang.ProcessHandle.info
    java.lang.Process.pid java.io.File.listRoots java.io.File.getTotalSpace java.io.File.getFreeSpace
    java.io.File.getUsableSpace java.nio.file.Files.getFileStore java.nio.file.FileSystem.getFileStores oshi.*`,
  "JAVA-ENV-001": "java.lang.System.getenv java.lang.ProcessBuilder.environment io.github.cdimascio.dotenv.*",
  "JAVA-DESER-001": `
    java.io.ObjectInputStream.new java.io.ObjectInputStream.readObject java.io.ObjectInputStream.readUnshared
    java.io.ObjectInput.readObject java.beans.XMLDecoder.new java.beans.XMLDecoder.readObject
    java.rmi.MarshalledObject.* java.security.SignedObject.getObject javax.crypto.SealedObject.getObject
    com.thoughtworks.xstream.XStream.fromXML com.thoughtworks.xstream.XStream.unmarshal
    com.thoughtworks.xstream.XStream.createObjectInputStream com.esotericsoftware.kryo.Kryo.readObject
    com.esotericsoftware.kryo.Kryo.readClassAndObject com.esotericsoftware.kryo.Kryo.readObjectOrNull
    com.caucho.hessian.io.* org.apache.commons.lang3.SerializationUtils.deserialize
    org.apache.commons.lang.SerializationUtils.deserialize org.springframework.util.SerializationUtils.deserialize
    com.fasterxml.jackson.databind.ObjectMapper.enableDefaultTyping
    com.fasterxml.jackson.databind.ObjectMapper.activateDefaultTyping`,
  "JAVA-NATIVE-001": `
    java.lang.System.load java.lang.System.loadLibrary java.lang.Runtime.load java.lang.Runtime.loadLibrary
    sun.misc.Unsafe.* jdk.internal.* java.lang.foreign.* jdk.incubator.foreign.* com.sun.jna.* jnr.ffi.*
    org.bytedeco.*`,
};

/** The parent of a class, if a rule or a result is known for the parent's members. */
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

/** Rules for the name of a class in a text, for classes whose members have different rules. */
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

/** Methods that are recognised by their name alone, on an object of unknown class. */
export const TELLING_METHODS: ReadonlyMap<string, string> = new Map([
  ["getDeclaredMethod", "java.lang.Class.getDeclaredMethod"],
  ["getDeclaredMethods", "java.lang.Class.getDeclaredMethods"],
  ["getDeclaredField", "java.lang.Class.getDeclaredField"],
  ["getDeclaredFields", "java.lang.Class.getDeclaredFields"],
  ["getDeclaredConstructor", "java.lang.Class.getDeclaredConstructor"],
  ["getDeclaredConstructors", "java.lang.Class.getDeclaredConstructors"],
  ["setAccessible", "java.lang.reflect.AccessibleObject.setAccessible"],
  ["defineClass", "java.lang.ClassLoader.defineClass"],
  ["openConnection", "java.net.URL.openConnection"],
  ["deleteOnExit", "java.io.File.deleteOnExit"],
  ["destroyForcibly", "java.lang.Process.destroyForcibly"],
  ["addShutdownHook", "java.lang.Runtime.addShutdownHook"],
  ["loadLibrary", "java.lang.System.loadLibrary"],
]);

const RULES_BY_MEMBER: ReadonlyMap<string, JavaRuleId> = new Map(namesByRule(MEMBERS));

/** Full names of all members in the table. */
export const RULED_MEMBERS: readonly string[] = [...RULES_BY_MEMBER.keys()];

/**
 * The rule about a member of a class. An entry for the member itself comes first, then one for the inherited member,
 * then one for the whole class or package.
 */
export function ruleOf(full: string): JavaRuleId | null {
  const own = RULES_BY_MEMBER.get(full);
  if (own !== undefined) return own;
  const parent = parentOf(ownerOf(full));
  const inherited = parent === null ? null : ruleOf(`${parent}.${simpleNameOf(full)}`);
  if (inherited !== null) return inherited;
  for (let dot = full.lastIndexOf("."); dot > 0; dot = full.lastIndexOf(".", dot - 1)) {
    const whole = RULES_BY_MEMBER.get(`${full.slice(0, dot)}.*`);
    if (whole !== undefined) return whole;
  }
  return null;
}

/** The rule about a class as a whole. It is broken by an import, a subclass or a new object. */
export function ruleOfClass(full: string): JavaRuleId | null {
  return ruleOf(`${full}.new`);
}

/** The rule about a class that is named in a text. */
export function ruleOfClassName(full: string): JavaRuleId | null {
  return (Object.hasOwn(NAMED, full) ? NAMED[full] : undefined) ?? ruleOfClass(full);
}

export function parentOf(full: string): string | null {
  return Object.hasOwn(PARENTS, full) ? (PARENTS[full] ?? null) : null;
}

/** The class or package of a full name. */
export function ownerOf(full: string): string {
  return full.slice(0, full.lastIndexOf("."));
}

/** The last part of a full name. */
export function simpleNameOf(full: string): string {
  return full.slice(full.lastIndexOf(".") + 1);
}
