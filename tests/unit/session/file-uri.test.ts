import { describe, expect, it } from "vitest";
import { hostPathOf } from "../../../src/session/file-uri.js";

describe.skipIf(process.platform === "win32")("hostPathOf()", () => {
  it.each([
    ["file:///srv/app", "/srv/app"],
    ["file:///srv/a%20b/%C3%A9", "/srv/a b/é"],
    ["file:///srv/a/../b", "/srv/b"],
    ["file:///c%3A/x", "/c:/x"],
    ["file://localhost/srv", "/srv"],
  ])("reads %s", (uri, names) => {
    expect(hostPathOf(uri)).toBe(names);
  });

  it.each(["/srv/app", "", "file", "https://example.org/", "vscode-vfs://github/a/b", "file://server/share", "file:///srv/a%2Fb", "file:///srv?x", "file:///srv#x", "file:///%E0%A4%A"])(
    "reads nothing from %j",
    (uri) => {
      expect(hostPathOf(uri)).toBeNull();
    },
  );
});
