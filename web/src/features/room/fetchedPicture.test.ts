import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, ref } from "vue";

import { useFetchedPicture, type FetchedPicture } from "./fetchedPicture";

const PICTURE = new Blob(["x"]);
let asked: string[] = [];
let refusals = 0;

function load(url: string): Promise<Blob> {
  asked.push(url);
  refusals -= 1;
  return refusals >= 0 ? Promise.reject(new Error("down")) : Promise.resolve(PICTURE);
}

function look(url: () => string | null): { picture: FetchedPicture; stop: () => void } {
  const scope = effectScope();
  const picture = scope.run(() => useFetchedPicture(url, load));
  if (picture === undefined) throw new Error("no scope");
  return { picture, stop: () => { scope.stop(); } };
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  refusals = 0;
  URL.createObjectURL = () => `blob:${asked.length}`;
  URL.revokeObjectURL = () => undefined;
});
afterEach(() => {
  vi.useRealTimers();
});

describe("useFetchedPicture", () => {
  it("waits for an address, then has the picture", async () => {
    const url = ref<string | null>(null);
    const { picture } = look(() => url.value);
    expect(asked).toEqual([]);

    url.value = "/a";
    await vi.advanceTimersByTimeAsync(0);

    expect(picture.address.value).toBe("blob:1");
    expect(picture.failed.value).toBe(false);
  });

  it("says that it failed, and tries again by itself until it is there", async () => {
    refusals = 2;
    const { picture } = look(() => "/a");
    await vi.advanceTimersByTimeAsync(0);
    expect(picture.failed.value).toBe(true);

    await vi.advanceTimersByTimeAsync(1_000);

    expect(asked).toHaveLength(3);
    expect(picture.address.value).toBe("blob:3");
    expect(picture.failed.value).toBe(false);
  });

  it("tries at once when asked, and only once", async () => {
    refusals = 1;
    const { picture } = look(() => "/a");
    await vi.advanceTimersByTimeAsync(0);

    picture.again();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(asked).toHaveLength(2);
    expect(picture.address.value).not.toBeNull();
  });

  it("stops with its screen", async () => {
    refusals = 99;
    const { stop } = look(() => "/a");
    await vi.advanceTimersByTimeAsync(0);

    stop();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(asked).toHaveLength(1);
  });
});
