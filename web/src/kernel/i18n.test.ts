import { afterEach, expect, test } from "vitest";

import { currentLocale, hasWords, initialLocale, messageBundle, needMessages, setLocale, translate } from "./i18n";
import { AppError, toAppError } from "./errors";
import { sentenceFor } from "./sentence";

afterEach(async () => {
  await setLocale("zh-CN");
  localStorage.clear();
});

test("the device's choice comes before the browser's language, Chinese before all others", () => {
  localStorage.clear();
  expect(initialLocale(["en-GB"])).toBe("en");
  expect(initialLocale(["fr", "zh-TW"])).toBe("zh-CN");
  expect(initialLocale(["fr"])).toBe("zh-CN");
  localStorage.setItem("scopecast.locale", "en");
  expect(initialLocale(["zh-CN"])).toBe("en");
});

test("a feature's words come when they are needed, and in the new language after a switch", async () => {
  const asked: string[] = [];
  const load = (locale: string, text: string) => () => {
    asked.push(locale);
    return Promise.resolve({ default: { word: text } });
  };
  const bundle = messageBundle("probe", { "zh-CN": load("zh-CN", "词"), en: load("en", "word") });

  await needMessages([bundle]);
  await needMessages([bundle]);
  const chinese = translate("probe.word");
  await setLocale("en");

  expect(chinese).toBe("词");
  expect(translate("probe.word")).toBe("word");
  expect(asked).toEqual(["zh-CN", "en"]);
  expect(currentLocale()).toBe("en");
  expect(document.documentElement.lang).toBe("en");
  expect(hasWords("probe.nothing")).toBe(false);
});

test("English says one row and two rows, also where the number is written with commas", async () => {
  const rows = messageBundle("counted", {
    "zh-CN": () => Promise.resolve({ default: { rows: "{n} 行" } }),
    en: () => Promise.resolve({ default: { rows: "{n} row | {n} rows" } }),
  });
  await needMessages([rows]);
  await setLocale("en");

  const told = [0, 1, 2].map((n) => translate("counted.rows", { n }));
  expect(told).toEqual(["0 rows", "1 row", "2 rows"]);
  expect(translate("counted.rows", { n: "1,200", count: 1200 })).toBe("1,200 rows");
  expect(translate("counted.rows", { n: "1", count: 1 })).toBe("1 row");
});

test("an error's sentence is ours for the code, else the server's, else names its number", () => {
  const locked = new AppError({ code: "auth.locked", status: 423, detail: "别的", retryAfterS: 840 });
  const told = new AppError({ code: "session.ended", status: 409, detail: "这个场次已经结束。" });
  const bare = new AppError({ code: "http.502", status: 502, errorId: "E7" });

  expect(sentenceFor(locked)).toContain("14 分钟");
  expect(sentenceFor(told)).toBe("这个场次已经结束。");
  expect(sentenceFor(bare)).toContain("E7");
  expect(sentenceFor(toAppError(new TypeError("x")))).toBe(translate("error.unexpected"));
});
