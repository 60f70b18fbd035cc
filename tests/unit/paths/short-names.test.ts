/** Which short names of FAT and NTFS may stand for a restricted name. */

import { describe, expect, it } from "vitest";
import { mayBeShortFor } from "../../../src/paths/short-names.js";

describe("a short name may stand for", () => {
  it.each([
    ["verylongname.json", "verylo~1.jso", "a long name, by its first six letters and its ending"],
    ["verylongname.json", "verylo~123456.jso", "one of many with the same start"],
    ["verylongname", "verylo~1", "a name without an ending"],
    ["key.json", "key~1.jso", "a name with a short stem"],
    ["sixsix.json", "sixsix~1.jso", "a name with a stem of six letters"],
    [".netrc", "netrc~1", "a hidden name, whose dot is lost"],
    ["..hidden", "hidden~1", "a name with several dots in front"],
    ["my.key.json", "mykey~1.jso", "a name with a dot in its stem"],
    ["my key.json", "mykey~1.jso", "a name with a blank"],
    ["a+b,c;.json", "a_b_c_~1.jso", "a name with characters that a short name may not have"],
    ["a=b[c].json", "a_b_c_~1.jso", "a name with others of them"],
    ["verylongname.json", "ve1a2b~1.jso", "a name whose checksum is in it, after two letters"],
    ["ab.json", "abffff~2.jso", "a name of two letters with a checksum"],
    ["secret*", "secret~1", "any name that begins so"],
    ["secret*", "secret~1.txt", "any name that begins so, whatever its ending"],
    ["cre*", "creden~1.txt", "any name that begins with fewer letters"],
    ["secret*.json", "secret~1.jso", "any name that begins and ends so"],
    ["secret*_key.json", "secret~1.jso", "any name that begins so, and ends with letters that the short name has lost"],
    ["longna*x*.json", "longna~1.jso", "a name with several open parts"],
  ])("%s: %s, %s", (pattern, name) => {
    expect(mayBeShortFor(name, pattern.split("*"))).toBe(true);
  });
});

describe("a short name does not stand for", () => {
  it.each([
    ["verylongname.json", "verylo~1.txt", "a name with another ending"],
    ["verylongname.json", "verylo~1", "a name with an ending that it has not"],
    ["verylongname", "verylo~1.txt", "a name without the ending that it has"],
    ["verylongname.json", "verylx~1.jso", "a name with another start"],
    ["key.json", "keys~1.jso", "a name that is shorter than its stem"],
    ["ke.json", "key~1.jso", "a name that is a part of its stem"],
    ["verylongname.json", "ve1a2g~1.jso", "a name whose checksum would be no number"],
    ["verylongname.json", "vx1a2b~1.jso", "a name with other letters before the checksum"],
    ["a.json", "a1a2b~1.jso", "a name of one letter, for others begin with it too"],
    ["verylongname.json", "ve01a2b~1.jso", "a name if there is a letter too many before the checksum"],
    ["verylongname.json", "ve1a2bx~1.jso", "a name if there is a letter too many after the checksum"],
    ["secret*.json", "secret~1.txt", "a name that ends in another way"],
    ["longna*x*.json", "longna~1.txt", "a name with several open parts that ends in another way"],
    ["cre*", "xcre~1", "a name that begins later"],
    ["*", "verylo~1.jso", "every name"],
    ["*.json", "verylo~1.jso", "a name that is known by its ending alone"],
    ["verylongname.json", "verylo~1.json", "a name if its own ending is too long"],
    ["verylongname.json", "zzverylox~1.jso", "a name if its own stem is too long"],
    ["verylongname.json", "verylo.jso", "a name if it is no short name"],
  ])("%s: %s, %s", (pattern, name) => {
    expect(mayBeShortFor(name, pattern.split("*"))).toBe(false);
  });
});
