import { expect, test } from "vitest";

import type { UploadUnderWay } from "@/contract/platform";

import { kindOf, unseenBecause } from "./kind";
import { match } from "./match";
import { mayPass, refusalOf } from "./sending";
import { barsOf } from "./shown";
import { faultOf, kindOffered } from "./voice";

const begun: UploadUnderWay = { id: "u1", name: "a.mp4", size: 10, modified_ms: 7, offset: 4, expires_at: "2026-12-01T00:00:00Z" };

test("an upload goes on with the file that began it alone", () => {
  expect(match({ name: "a.mp4", size: 10, lastModified: 7 }, [begun])).toBe(begun);
  for (const other of [{ name: "b.mp4" }, { size: 11 }, { lastModified: 8 }]) {
    expect(match({ name: "a.mp4", size: 10, lastModified: 7, ...other }, [begun])).toBeNull();
  }
});

test("a lost line and a busy server are tried again, a refusal is not", () => {
  expect([0, 409, 423, 429, 500, 503, 408, 401].every(mayPass)).toBe(true);
  expect([400, 403, 404, 413, 415, 422].some(mayPass)).toBe(false);
});

test("a refusal keeps the server's code", async () => {
  const answer = { getStatus: () => 415, getBody: () => JSON.stringify({ code: "file.type_unknown" }), getHeader: () => undefined };
  const refused = await refusalOf(Object.assign(new Error("refused"), { originalResponse: answer }));
  const lost = await refusalOf(new Error("lost"));
  expect([refused.code, refused.status, lost.code]).toEqual(["file.type_unknown", 415, "network"]);
});

test("the browser's best kind of sound is taken, and its objection named", () => {
  expect(kindOffered(() => true)?.ending).toBe("webm");
  expect(kindOffered((type) => type.startsWith("audio/mp4"))?.ending).toBe("m4a");
  expect(kindOffered(() => false)).toBeNull();
  expect(faultOf(new DOMException("", "NotAllowedError"))).toBe("refused");
  expect(faultOf(new DOMException("", "NotFoundError"))).toBe("none");
  expect(faultOf(new Error("x"))).toBe("unsupported");
});

test("the bars of a sound are the loudest of their parts", () => {
  expect(barsOf({ peaks: [0, 255, 51, 51], duration_ms: 1 }, 2)).toEqual([1, 0.2]);
  expect(barsOf({ peaks: [255], duration_ms: 1 }, 48)).toEqual([1]);
  expect(barsOf(null, 3)).toEqual([0.1, 0.1, 0.1]);
  expect(["image/png", "audio/webm", "video/mp4", "application/pdf", "application/zip"].map(kindOf)).toEqual(["picture", "sound", "video", "paper", "other"]);
});

test("an office document without a preview says why, and nothing else does", () => {
  const document = { content_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", size: 10 };

  expect(unseenBecause({ ...document, preview: "none" })).toBe("absent");
  expect(unseenBecause({ ...document, size: 60 * 1024 * 1024, preview: "none" })).toBe("large");
  expect(unseenBecause({ ...document, preview: "failed" })).toBe("failed");
  expect(unseenBecause({ ...document, preview: "ready" })).toBeNull();
  expect(unseenBecause({ content_type: "image/png", size: 10, preview: "none" })).toBeNull();
});
