import { beforeAll, describe, expect, it } from "vitest";
import { createJudgingAnalyser, type JudgingAnalyser } from "../../support/analyser.js";
import { leastProcessorMs } from "../../support/processor-time.js";
import { patternSearchOf, type PatternTexts } from "../../../src/policy/patterns.js";
import { STRICT } from "../../../src/policy/presets.js";

let analyser: JudgingAnalyser;
beforeAll(async () => {
  analyser = await createJudgingAnalyser();
});

const found = (code: string): string[] =>
  analyser
    .inspect(code, "java")
    .report.findings()
    .map(({ rule, resource }) => `${rule} ${resource ?? ""}`.trim());
const placed = (code: string): [string, string][] =>
  analyser
    .inspect(code, "java")
    .report.findings()
    .map(({ rule, range }) => [rule, code.slice(range.start, range.end)]);

const EXEC = "JAVA-EXEC-001 Runtime.exec";

describe("the check of a Java program finds a command", () => {
  it.each<[string, string, string[]]>([
    ["in a chain", 'Runtime.getRuntime().exec("id");', [EXEC]],
    ["by its full name", 'java . lang . Runtime/**/.getRuntime() // x\n.exec("id");', [EXEC]],
    ["by a typed local", 'Runtime r = Runtime.getRuntime(); r.exec("id");', [EXEC]],
    ["by an inferred local", 'var r = Runtime.getRuntime(); var s = r; s.exec("id");', [EXEC]],
    ["by a field", 'class A { Runtime r = Runtime.getRuntime(); void f() { this.r.exec("id"); } }', [EXEC]],
    [
      "by a field of a superclass",
      'class A { Runtime r; } class B extends A { void f() { r.exec("id"); super.r.exec("x"); } }',
      [EXEC, EXEC],
    ],
    [
      "by a field of an enclosing class",
      'class A { Runtime r; class B { void f() { A.this.r.exec("id"); } } }',
      [EXEC],
    ],
    [
      "by the result of a method",
      'class A { static Runtime r() { return Runtime.getRuntime(); } void f() { r().exec("id"); A.r().exec("x"); } }',
      [EXEC, EXEC],
    ],
    [
      "by the result of a generic method",
      'class A { static <T> T same(T t) { return t; } void f() { same(Runtime.getRuntime()).exec("id"); } }',
      [EXEC],
    ],
    ["by a bounded type", 'class A { <T extends Runtime> void f(T t) { t.exec("id"); } }', [EXEC]],
    [
      "by a type argument of a superclass",
      'class A<T> { T t; } class B extends A<Runtime> { void f() { t.exec("id"); } }',
      [EXEC],
    ],
    ["by a cast", 'class A { void f(Object o) { ((Runtime) o).exec("id"); } }', [EXEC]],
    ["by a conditional expression", '(a ? Runtime.getRuntime() : null).exec("id");', [EXEC]],
    ["by a pattern", 'if (!(o instanceof Runtime r)) return; r.exec("id");', [EXEC]],
    ["by a case", 'switch (o) { case Runtime r -> r.exec("id"); default -> {} }', [EXEC]],
    ["by a component of a record", 'record P(Runtime r) {} if (o instanceof P(var r)) r.exec("id");', [EXEC]],
    ["by the accessor of a record", 'record P(Runtime r) {} class A { void f(P p) { p.r().exec("id"); } }', [EXEC]],
    [
      "by the result of a switch",
      'var r = switch (a) { case 1 -> Runtime.getRuntime(); default -> { yield null; } }; r.exec("id");',
      [EXEC],
    ],
    [
      "by the elements of an array",
      'Runtime[] all = { Runtime.getRuntime() }; all[0].exec("id"); for (var r : all) r.exec("x");',
      [EXEC, EXEC],
    ],
    [
      "by the elements of a list",
      'List<Runtime> all; all.get(0).exec("id"); all.forEach(r -> r.exec("x"));',
      [EXEC, EXEC],
    ],
    [
      "by an iterator of a list without a declared type",
      'var all = List.of(Runtime.getRuntime()).iterator(); all.next().exec("id");',
      [EXEC],
    ],
    ["by a supplier", 'Supplier<Runtime> s = Runtime::getRuntime; s.get().exec("id");', [EXEC]],
    ["by a stream", 'Stream.of("id").map(c -> Runtime.getRuntime()).forEach(r -> { r.exec("id"); });', [EXEC]],
    [
      "by a functional interface of the program",
      'interface Go { void go(Runtime r); } class A { void f(Go g) {} void h() { f(r -> r.exec("id")); } }',
      [EXEC],
    ],
    ["by lambdas in lambdas", "Function<Runtime, Function<String, Process>> f = r -> s -> r.exec(s);", [EXEC]],
    [
      "by a method reference",
      "f(Runtime.getRuntime()::exec); BiFunction<Runtime, String, Process> g = Runtime::exec;",
      [EXEC, EXEC],
    ],
    ["by a constructor's reference", "f(ProcessBuilder::new);", ["JAVA-EXEC-001 ProcessBuilder"]],
    ["in an initialiser of an anonymous class", 'new Object() {{ Runtime.getRuntime().exec("id"); }};', [EXEC]],
    ["in a constant of an enum", 'enum E { A { void f() { Runtime.getRuntime().exec("id"); } } }', [EXEC]],
    ["in a default method", 'interface I { default void f() { Runtime.getRuntime().exec("id"); } }', [EXEC]],
    [
      "by a static import",
      'import static java.lang.Runtime.getRuntime; class A { void f() { getRuntime().exec("id"); } }',
      [EXEC],
    ],
    [
      "by a static import of everything",
      'import static java.lang.Runtime.*; class A { void f() { getRuntime().exec("id"); } }',
      [EXEC],
    ],
    [
      "at the start of a chain of hundreds of calls",
      `Runtime.getRuntime()${".self()".repeat(400)}.exec("id");`,
      [EXEC],
    ],
    [
      "by the last of hundreds of variables",
      [
        "var a0 = Runtime.getRuntime();",
        ...Array.from({ length: 400 }, (_, at) => `var a${at + 1} = a${at};`),
        'a400.exec("id");',
      ].join(""),
      [EXEC],
    ],
    [
      "if another method has a variable of that name",
      'class F { void exec(String s) {} } class A { Runtime r; void g() { F r = null; r.exec("x"); } ' +
        'void f() { r.exec("id"); F r = null; } }',
      [EXEC],
    ],
    [
      "if a nested class has that name",
      'class N { class Runtime {} } class A { void f() { Runtime.getRuntime().exec("id"); } }',
      [EXEC],
    ],
    [
      "by the name of its class and of its method",
      'Class<?> c = Class.forName("java.lang.Runtime"); c.getMethod("exec").invoke(x);',
      [
        "JAVA-REFL-001 Class.forName",
        "JAVA-EXEC-001 Runtime",
        "JAVA-REFL-001 Class.getMethod",
        "JAVA-REFL-001 java.lang.reflect.Method.invoke",
        EXEC,
      ],
    ],
  ])("%s", (_, code, expected) => {
    expect(found(code)).toEqual(expected);
  });
});

describe("the check of a Java program reads a text", () => {
  it.each([
    ["in parts", '"java.lang." + "Run" + "time"'],
    ["in variables", "A + b"],
    [
      "of letters",
      `String.valueOf(new char[] {${[..."java.lang.Runtime"].map((letter) => `'${letter}'`).join(", ")}})`,
    ],
    [
      "of bytes",
      "new String(new byte[] {106, 97, 118, 97, 46, 108, 97, 110, 103, 46, 82, 117, 110, 116, 105, 109, 101})",
    ],
    ["in Base64", 'new String(java.util.Base64.getDecoder().decode("amF2YS5sYW5nLlJ1bnRpbWU="))'],
    ["backwards", 'new StringBuilder("emitnuR.gnal.avaj").reverse().toString()'],
    ["joined", 'String.join(".", "java", "lang", "Runtime")'],
    ["joined from a list", 'String.join(".", List.of("java", "lang", "Runtime"))'],
    ["collected", 'Stream.of("java", "lang", "Runtime").collect(Collectors.joining("."))'],
    ["formatted", 'String.format("%s.lang.%s", "java", "Runtime")'],
    ["with letters replaced", "\"java#lang#Runtime\".replace('#', '.')"],
    ["with a letter computed", `"java.lang." + (char) ('Q' + 1) + "untime"`],
    ["in a block", '"""\n    java.lang.\\\n    Runtime"""'],
    ["in escapes", '"java\\56lang.\\u0052untime"'],
    ["returned", "name()"],
    ["of a constant in another class", "Names.RUNTIME"],
    ["appended", "built.toString()"],
  ])("%s", (_, text) => {
    const code = `class Names { static final String RUNTIME = "java.lang.Runtime"; }
      class Main { static final String A = "java.lang."; static String name() { return A + "Runtime"; }
        void go() {
          String b = "Run"; b += "time";
          StringBuilder built = new StringBuilder(A); built.append("Run").append("time");
          Class.forName(${text}); } }`;
    expect(found(code)).toEqual(["JAVA-REFL-001 Class.forName", "JAVA-EXEC-001 Runtime"]);
  });

  it("and not one that is assigned twice", () => {
    expect(found('String a = "java.lang.Runtime"; a = "java.lang.String"; Class.forName(a);')).toEqual([
      "JAVA-REFL-001 Class.forName",
    ]);
  });
});

describe("the check of a Java program reads Unicode escapes first", () => {
  it.each<[string, string, string]>([
    ["in names", '\\u0052untime.getRuntime().e\\uuu0078ec("id");', "\\u0052untime.getRuntime().e\\uuu0078ec"],
    ["that end a comment's line", '// \\u000a Runtime.getRuntime().exec("id");', "Runtime.getRuntime().exec"],
    [
      "that end a comment's line with a carriage return",
      '// \\u000d Runtime.getRuntime().exec("id");',
      "Runtime.getRuntime().exec",
    ],
    ["that end a comment", '/* \\u002a\\u002f Runtime.getRuntime().exec("id"); /* */', "Runtime.getRuntime().exec"],
    ["that end a string", 'String s = "\\u0022; Runtime.getRuntime().exec(\\u0022id");', "Runtime.getRuntime().exec"],
    [
      "after a pair of backslashes",
      'String s = "\\\\"; \\u0052untime.getRuntime().exec("id");',
      "\\u0052untime.getRuntime().exec",
    ],
  ])("%s", (_, code, text) => {
    expect(placed(code)).toEqual([["JAVA-EXEC-001", text]]);
  });

  it("and no escape after a backslash", () => {
    expect(found('String s = "\\\\u0022; Runtime.getRuntime().exec(1);";')).toEqual([]);
  });

  it("and a bare carriage return as the end of a line", () => {
    expect(placed('// a\rRuntime.getRuntime().exec("id");')).toEqual([["JAVA-EXEC-001", "Runtime.getRuntime().exec"]]);
  });
});

describe("the check of a Java program finds nothing", () => {
  it.each([
    ["in an empty one", ""],
    ["in comments", "/** Runtime.getRuntime().exec(1); */ class A { // System.exit(1);\n}"],
    [
      "in strings",
      'String s = "System.exit(1); // \\" new Socket()"; char c = \'"\'; ' +
        'String t = """\n  System.exit(1); "new Socket()"\n  """;',
    ],
    [
      "in a class that the program declares",
      "class Runtime { static Runtime getRuntime() { return null; } void exec() {} } " +
        "class A { void f() { Runtime.getRuntime().exec(); new Runtime().exec(); } }",
    ],
    ["in a nested class", "class A { static class Socket {} Socket s = new Socket(); A.Socket t = new A.Socket(); }"],
    [
      "in a record that the program declares",
      "record File(String name) { void delete() {} } class A { void f(File file) { file.delete(); } }",
    ],
    [
      "in a method that the program declares",
      "class A { void exit(int a) {} static void getenv() {} void f() { exit(1); this.exit(1); A.getenv(); } }",
    ],
    ["in methods without a class", "void exit(int a) {} void f() { exit(1); }"],
    [
      "in a method that is inherited from a class of the program",
      "class A { void defineClass() {} } class B extends A { void f() { defineClass(); } }",
    ],
    ["in an imported class of that name", "import com.example.Socket; class A { Socket s = new Socket(); }"],
    ["in a type parameter of that name", "class A<Socket> { Socket s; void f() { s.connect(); } }"],
    [
      "in a package that is only imported",
      "import java.net.*; import java.lang.reflect.*; import java.io.*; class A { IOException e; }",
    ],
    [
      "in annotations, generics and labels",
      '@SuppressWarnings("exec") class A<T extends Comparable<? super T>> { ' +
        "void f() { exec: while (true) break exec; } }",
    ],
    [
      "in a program that a model may write",
      `import java.util.*;
import java.util.stream.*;
public class Main {
  public static void main(String[] args) {
    Map<String, List<Integer>> m = new TreeMap<>();
    m.computeIfAbsent("a", k -> new ArrayList<>()).add(1);
    System.out.println(
      m.entrySet().stream().map(e -> e.getKey() + e.getValue()).collect(Collectors.joining(", ")));
    try { Thread.sleep(10); } catch (InterruptedException e) { Thread.currentThread().interrupt(); }
  }
}`,
    ],
  ])("%s", (_, code) => {
    expect(found(code)).toEqual([]);
  });
});

describe("the check of a Java program accepts", () => {
  it.each([
    ["statements without a method", "int x = 1; System.exit(x);"],
    ["an expression without a statement", "System.exit(1)"],
    ["methods without a class", "static void a() { System.exit(1); }\nint b() { return 1; }"],
    ["a constructor and fields without a class", "private int x;\npublic A() { System.exit(1); }"],
    ["imports before members", "import java.util.List;\nprotected A() { super(); System.exit(1); }"],
    ["statements beside classes", "class A {}\nSystem.exit(1);\ninterface B {}"],
  ])("%s", (_, code) => {
    expect(placed(code)).toEqual([["JAVA-PROC-001", "System.exit"]]);
    expect(analyser.inspect(code, "java").syntaxError).toBeNull();
  });
});

describe("a finding in Java", () => {
  it("comes with all others in the order of the program, imports too", () => {
    const code = `import java.lang.reflect.Method;
import java.net.Socket;

class Main extends ClassLoader {
  native void raw();
  void go() throws Exception {
    new Socket("a", 80);
    System.getenv("HOME");
    new java.io.File("a").delete();
    System.exit(1);
  }
}`;
    expect(placed(code)).toEqual([
      ["JAVA-REFL-001", "java.lang.reflect.Method"],
      ["JAVA-NET-001", "java.net.Socket"],
      ["JAVA-DYN-001", "ClassLoader"],
      ["JAVA-NATIVE-001", "raw"],
      ["JAVA-NET-001", "new Socket"],
      ["JAVA-ENV-001", "System.getenv"],
      ["JAVA-FILE-003", 'new java.io.File("a").delete'],
      ["JAVA-PROC-001", "System.exit"],
    ]);
  });

  it("has a place, a message and a suggestion", () => {
    expect(analyser.analyse('int x = 1;\n  Runtime.getRuntime().exec("id");\n', "java", STRICT).violations).toEqual([
      {
        rule: "JAVA-EXEC-001",
        category: "command execution",
        severity: 3,
        message: 'Cannot use "Runtime.exec": it runs a command of the operating system',
        line: 2,
        column: 3,
        endLine: 2,
        endColumn: 28,
        snippet: 'Runtime.getRuntime().exec("id");',
        suggestion: expect.stringContaining("pass its output as an argument"),
        resource: "Runtime.exec",
      },
    ]);
  });

  it.each<[string, string, number, number]>([
    ["half a statement", "class A {\n  int x = ;\n}", 2, 9],
    ["two letters in one character", "char c = 'ab';", 1, 10],
    ["a string over two lines", 'int a;\nString s = "x\ny";', 2, 13],
    ["half a statement behind escapes", "int \\u0061 = 1;\nint b = ;", 2, 7],
  ])("of syntax has its place: %s", (_, code, line, column) => {
    expect(analyser.inspect(code, "java").syntaxError).toEqual({ message: "invalid syntax", line, column });
    expect(found(code)).toContainEqual(expect.stringMatching(/^JAVA-SYNTAX-001/));
    expect(analyser.analyse(code, "java", { ...STRICT, threshold: 3 }).verdict).toBe("deny");
  });

  it("is reported too if the program has a syntax error", () => {
    expect(found("System.exit(1); int x = ;")).toEqual(["JAVA-PROC-001 System.exit", "JAVA-SYNTAX-001"]);
  });
});

describe("the texts of a Java program", () => {
  const textsOf = (code: string): PatternTexts => patternSearchOf(analyser.inspect(code, "java")).texts;

  it("leave out comments, and separate strings from code", () => {
    const { code, strings, all } = textsOf('f("a", \'b\'); // c\n/* d */ g("""\n  e""");');
    expect(code.replaceAll(" ", "")).toBe('f("",\'\');\ng("""\n""");');
    expect(strings.replaceAll(" ", "")).toBe("ab\n\ne");
    expect(all.replaceAll(" ", "")).toBe('f("a",\'b\');\ng("""\ne""");');
  });

  it("are as long as the program, with its escapes", () => {
    const program = 'f(\\u0022a\\u0062\\u0022); // \\u0063\ng("\\\\u0022");';
    for (const text of Object.values(textsOf(program))) expect(text).toHaveLength(program.length);
    expect(textsOf(program).strings.trim()).toMatch(/^a\\u0062\s+\\\\u0022$/);
  });
});

describe("a Java program of 10 KB that is hard to read gets the same answer twice, in time,", () => {
  const times = (text: string, length = 10_000): string => text.repeat(Math.floor(length / text.length));

  it.each<[string, string]>([
    ["brackets", `int x = ${times("(", 5_000)}1${times(")", 5_000)};`],
    ["open brackets", times("(")],
    ["open blocks", times("{")],
    ["classes in classes", times("class A{") + "}".repeat(1_250)],
    ["a sum", `int x = ${times("1+")}1;`],
    ["a sum of texts", `String x = "a"${times('+"a"')}; Class.forName(x);`],
    ["a chain of calls", `a${times(".b()")};`],
    ["calls in calls", `x = ${times("f(", 6_600)}0${times(")", 3_300)};`],
    ["lambdas in lambdas", `f(${times("x->")}1);`],
    ["generics", `${times("A<", 6_600)}${times(">", 3_300)} x;`],
    ["possible generics", times("(a<b,c>d)")],
    ["possible casts", `x = ${times("(a)")}b;`],
    ["possible lambdas", times("(a)->(b)")],
    ["a long text", `String s = "${times("a")}";`],
    ["a long text of escapes", `String s = "${times("\\u0041")}";`],
    ["a long number", `int x = ${times("9")};`],
    ["quotes", times('"')],
    ["a block of quotes", `"""\n${times('" ')}"""`],
    ["texts without operators", times('"a",')],
    ["names without operators", times("a ")],
    ["an open comment", `/*${times("*")}`],
    ["many comments", times("/**/")],
    ["many empty lines", times("\n")],
    ["NULs", times("\0")],
    ["single surrogates", times("\ud83d")],
    ["names with each other as values", Array.from({ length: 600 }, (_, at) => `var a${at + 1}=a${at};`).join("")],
    [
      "texts that double",
      [
        'String a0="ab";',
        ...Array.from({ length: 400 }, (_, at) => `String a${at + 1}=a${at}+a${at};`),
        "Class.forName(a400);",
      ].join(""),
    ],
    ["texts that are replaced", `Class.forName("${times("a", 3_000)}"${times('.replace("a","aa")', 5_000)});`],
    [
      "a long line of superclasses",
      Array.from({ length: 250 }, (_, at) => `class A${at} extends A${at + 1}{void f(){g();}}`).join(""),
    ],
    [
      "a class that inherits from itself",
      "class A extends B { void f() { x(); } } class B extends A { Object y = z; }",
    ],
  ])("%s", async (_, code) => {
    found("class Warm {}");
    const answer = found(code);
    expect(await leastProcessorMs(() => expect(found(code)).toEqual(answer))).toBeLessThan(250);
  });

  it.each([
    ["brackets", `int x = ${"(".repeat(600)}1${")".repeat(600)};`],
    ["a chain", `a${".b()".repeat(600)};`],
    ["a backslash that compilers read differently", 'String s = "\\u005c\\\\u0022;";'],
  ])("or is refused as a whole: %s", (_, code) => {
    expect(found(code)).toEqual(["JAVA-SYNTAX-002"]);
    expect(analyser.analyse(code, "java", { ...STRICT, threshold: 3 }).verdict).toBe("deny");
  });
});
