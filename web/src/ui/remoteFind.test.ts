import { expect, test } from "vitest";

import { AppError } from "@/kernel/errors";

import { useRemoteFind } from "./remoteFind";

test("the last question wins, whichever answer comes first", async () => {
  const answers = new Map<string, (found: readonly string[]) => void>();
  const found = useRemoteFind((words) => new Promise<readonly string[]>((answer) => answers.set(words, answer)), () => 0);

  const first = found.look("杭州");
  const second = found.look("杭州市 ");
  answers.get("杭州市")?.(["市一医院"]);
  await second;
  answers.get("杭州")?.(["别的"]);
  await first;

  expect(found.choices.value).toEqual(["市一医院"]);
  expect(found.state.value).toBe("found");
});

test("too few words ask nothing, and drop what is on its way", async () => {
  const asked: string[] = [];
  const found = useRemoteFind((words) => { asked.push(words); return Promise.resolve([words]); }, () => 2);

  const going = found.look("省立");
  await found.look(" 省 ");
  await going;

  expect(asked).toEqual(["省立"]);
  expect(found.state.value).toBe("tooShort");
  expect(found.choices.value).toEqual([]);
});

test("a failure is said, and the same is asked again", async () => {
  let fails = true;
  const found = useRemoteFind((words) => (fails ? Promise.reject(new AppError({ code: "network", status: 0 })) : Promise.resolve([words])), () => 0);

  await found.look("李");
  expect([found.state.value, found.choices.value]).toEqual(["failed", []]);
  expect(found.failure.value).not.toBeNull();
  fails = false;
  await found.again();

  expect(found.choices.value).toEqual(["李"]);
  expect(found.failure.value).toBeNull();
});
