/** The question to the person: when it may be put, and what it shows. */

import { describe, expect, it } from "vitest";
import { MAX_DECLINED, MAX_DIRECTORIES, MAX_SHOWN_LENGTH, Permission } from "../../../src/session/permission.js";
import type { Answer } from "../../../src/caller.js";
import { Questions } from "../../../src/session/questions.js";
import { scriptedCaller } from "../../support/scripted-caller.js";

const newPermission = (): Permission => new Permission(new Questions());

/** Asks about directories, with the person's answer. Returns what came of it. */
async function ask(permission: Permission, directories: readonly string[], answer: Answer | null = "yes") {
  const caller = scriptedCaller("ann", { answer });
  using question = permission.claim(caller, directories.length);
  return { said: question === null ? "not asked" : await question.ask(directories), questions: caller.questions };
}

/** Returns the directories as the person sees them. */
async function shown(...directories: string[]): Promise<string[]> {
  const { questions } = await ask(newPermission(), directories);
  return questions[0]?.split("\n").slice(1, -1) ?? [];
}

describe("a question shows", () => {
  it.each([
    ["a Hangul filler", "\u115f", "\\u115f"],
    ["another Hangul filler", "\u3164", "\\u3164"],
    ["a half-width filler", "\uffa0", "\\uffa0"],
    ["a variation selector", "\ufe0f", "\\ufe0f"],
    ["a variation selector of the supplement", "\u{e0100}", "\\udb40\\udd00"],
    ["a Mongolian vowel separator", "\u180e", "\\u180e"],
    ["a Khmer inherent vowel", "\u17b4", "\\u17b4"],
    ["a combining grapheme joiner", "\u034f", "\\u034f"],
    ["a soft hyphen", "\u00ad", "\\u00ad"],
    ["a word joiner", "\u2060", "\\u2060"],
    ["a direction mark", "\u200f", "\\u200f"],
    ["an isolate", "\u2066", "\\u2066"],
    ["a byte order mark", "\ufeff", "\\ufeff"],
    ["an invisible tag", "\u{e0041}", "\\udb40\\udc41"],
    ["a character for private use", "\ue000", "\\ue000"],
    ["an unassigned character", "\u0378", "\\u0378"],
    ["half a surrogate pair", "\ud800", "\\ud800"],
    ["an ideographic space", "\u3000", "\\u3000"],
    ["a line separator", "\u2028", "\\u2028"],
    ["a backspace", "\b", "\\b"],
    ["a delete", "\x7f", "\\u007f"],
  ])("%s in its escaped form", async (_, character, escaped) => {
    expect(await shown(`/a${character}b`)).toEqual([`\`"/a${escaped}b"\``]);
  });

  it.each(["/a b", "/www", "/ww.x", "/a.www", "/w.w.w", "/x.www/y", "/é目", "/'(*)_#!"])(
    "%s as it is",
    async (path) => {
      expect(await shown(path)).toEqual([`\`"${path}"\``]);
    },
  );

  it("the dot of a name that a client would make a link of in its escaped form", async () => {
    expect(await shown("/www.a.b", "/wWw.c")).toEqual(['`"/www\\u002ea.b"`', '`"/wWw\\u002ec"`']);
  });

  it("one directory as one, and several as several", async () => {
    const [one, two] = [await ask(newPermission(), ["/a"]), await ask(newPermission(), ["/a", "/b"])];
    expect(one.questions[0]).toMatch(/this directory\..* opened it .*files in it until this connection ends\.$/s);
    expect(two.questions[0]).toMatch(
      /these directories\..* opened them .*files in them until this connection ends\.$/s,
    );
  });

  it("a path of the greatest length, and asks nothing about a longer one or about those beside it", async () => {
    const longest = `/${"x".repeat(MAX_SHOWN_LENGTH - '`"/"`'.length)}`;
    expect(await ask(newPermission(), [longest])).toMatchObject({ said: "yes", questions: [expect.any(String)] });
    for (const directories of [[`${longest}x`], ["/a", `${longest}x`]])
      expect(await ask(newPermission(), directories)).toEqual({ said: null, questions: [] });
  });
});

describe("a person", () => {
  it("is asked no more after so many answers without a yes, and a yes between them does not count", async () => {
    const permission = newPermission();
    for (let count = 0; count < MAX_DECLINED; count++) {
      expect((await ask(permission, [`/a${count}`], "no")).said).toBe("no");
      if (count < MAX_DECLINED - 1) expect((await ask(permission, ["/b"], "yes")).said).toBe("yes");
    }
    expect(await ask(permission, ["/b"], "yes")).toEqual({ said: "not asked", questions: [] });
  });

  it("who has refused directories is not asked about any of them again", async () => {
    const permission = newPermission();
    expect((await ask(permission, ["/a", "/b"], "no")).said).toBe("no");
    for (const directories of [["/a"], ["/c", "/b"]])
      expect(await ask(permission, directories)).toEqual({ said: "no", questions: [] });
    expect((await ask(permission, ["/c"])).said).toBe("yes");
  });

  it.each(["closed", "unanswered"] as const)("may be asked about a directory again after: %s", async (answer) => {
    const permission = newPermission();
    expect((await ask(permission, ["/a"], answer)).said).toBe(answer);
    expect((await ask(permission, ["/a"])).said).toBe("yes");
  });

  it("whose call was cancelled has not said no", async () => {
    const permission = newPermission();
    for (let count = 0; count <= MAX_DECLINED; count++)
      expect((await ask(permission, ["/a"], "cancelled")).said).toBe("cancelled");
    expect((await ask(permission, ["/a"])).said).toBe("yes");
  });

  it("is not asked about too many directories, or if the client cannot ask", async () => {
    const many = Array.from({ length: MAX_DIRECTORIES + 1 }, (_, at) => `/${at}`);
    expect((await ask(newPermission(), many)).said).toBe("not asked");
    expect((await ask(newPermission(), many.slice(1))).said).toBe("yes");
    expect((await ask(newPermission(), ["/a"], null)).said).toBe("not asked");
  });

  it("gets one question at a time, and the next when it is answered", async () => {
    const permission = newPermission();
    const ann = scriptedCaller("ann", { answer: true });
    const first = permission.claim(ann, 1);
    expect(() => permission.claim(ann, 1)).toThrow(
      expect.objectContaining({ reason: "busy", detail: { stage: "paths", retryable: true } }),
    );
    first?.[Symbol.dispose]();
    expect(permission.claim(ann, 1)).not.toBeNull();
  });
});
