import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { FolderNames, safeFileName } from "../../../shared/downloads/package/entry-name.ts";

describe("a file name", () => {
  test.each([
    ["report.docx", "report.docx"],
    ["CON", "_CON"],
    ["nul.txt", "_nul.txt"],
    ["com¹.log", "_com¹.log"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["..", "file"],
    ["", "file"],
    ["trailing. . ", "trailing"],
    ["photo\u202Egpj.exe", "photogpj.exe"],
    ["a\u200bb\u0000c\nd", "abcd"],
    ["a\u030a.png", "\u00e5.png"],
    ['q?<>:"|*.png', "q_______.png"],
    ["👩\u200d👧.png", "👩\u200d👧.png"],
    [".gitignore", ".gitignore"],
    [`con${" ".repeat(130)}x.txt`, "_con.txt"],
    [`NUL${" ".repeat(130)}x`, "_NUL"],
    [".\u200d", "file"],
  ])("%j becomes %j", (given, expected) => expect(safeFileName(given)).toBe(expected));

  test("keeps its extension when it is cut, at a whole character", () => {
    expect(safeFileName(`${"漢".repeat(100)}.docx`)).toBe(`${"漢".repeat(38)}.docx`);
  });

  test("can be unpacked anywhere, whatever was given", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc
        .array(
          fc.constantFrom(
            ...["con", ".", " ", "/", "\\", ":", "\u202e", "漢", "é", "e\u0301", "a", "\ud800", "👩‍👧"],
            "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            " ".repeat(120),
          ),
          { maxLength: 90 },
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(hostile, (given) => {
        const name = safeFileName(given);
        expect(name).not.toBe("");
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(120);
        expect(name).not.toMatch(/[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|[. ]$|^ /u);
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i);
        expect(name.isWellFormed()).toBe(true);
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the names of a folder", () => {
  test("differ even where case and composition do not count", () => {
    const names = new FolderNames();
    expect(
      ["a.png", "A.PNG", "a.png", "a (2).png", "stra\u00dfe", "STRASSE", "STRA\u1e9eE"].map((name) => names.take(name)),
    ).toEqual(["a.png", "A (2).PNG", "a (3).png", "a (2) (2).png", "stra\u00dfe", "STRASSE (2)", "STRA\u1e9eE (3)"]);
  });

  test("are given out fast where all want the same", () => {
    const names = new FolderNames();
    const given = Array.from({ length: 50_000 }, () => names.take("image.png"));
    expect(new Set(given).size).toBe(50_000);
  });

  test("are looked for once where a number takes the place of all that tells long ones apart", () => {
    const names = new FolderNames();
    const wanted = Array.from({ length: 500 }, (_, at) => `${"x".repeat(110)}${1_000 + at}.png`);
    const looked = vi.spyOn(Set.prototype, "has");
    const given = [...wanted, ...wanted, ...wanted].map((name) => names.take(name));
    const count = looked.mock.calls.length;
    looked.mockRestore();
    expect(new Set(given).size).toBe(1_500);
    expect(given.slice(500, 502)).toEqual([`${"x".repeat(110)}10 (2).png`, `${"x".repeat(110)}10 (3).png`]);
    expect(count).toBeLessThan(4_000);
  });
});

test("pieces of a file have names that no other file of the folder has, whichever comes first", () => {
  const names = new FolderNames();
  expect(names.take("B.iso.002")).toBe("B.iso.002");
  expect(names.take("a.iso", 3)).toBe("a.iso");
  expect(names.take("A.ISO.003")).toBe("A.ISO (2).003");
  expect(names.take("a.iso.004")).toBe("a.iso (2).004");
  expect(names.take("a.iso.2026")).toBe("a.iso.2026");
  expect(names.take("b.iso", 3)).toBe("b (2).iso");
  expect(names.take("b (2).iso.001")).toBe("b (2).iso (2).001");
});
