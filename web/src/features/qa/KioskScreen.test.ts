import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import * as api from "@/api/questions";
import type { Comment, Kiosk, Question, QuestionRow } from "@/contract/platform";
import { AppError } from "@/kernel/errors";
import { i18n } from "@/kernel/i18n";

import KioskScreen from "./KioskScreen.vue";

const QUESTION = { id: "q1", title: "Which depth?", body: "", best: null, answers: 0 };
const LOOK_MS = 4_000;

function answer(body: string): Comment {
  return { id: body, author_name: "Li", body } as unknown as Comment;
}

async function shownScreen(): Promise<ReturnType<typeof mount>> {
  const screen = mount(KioskScreen, { global: { plugins: [i18n], stubs: { RefusalLine: true, StateBlock: true } } });
  await flushPromises();
  await screen.get("button.row").trigger("click");
  await flushPromises();
  return screen;
}

beforeEach(() => {
  vi.useFakeTimers();
  window.localStorage.setItem("scopecast.kiosk", "token");
  vi.spyOn(api.kiosk, "self").mockResolvedValue({ room: "1", paired_by_name: "Li" } as unknown as Kiosk);
  vi.spyOn(api.kiosk, "questions").mockResolvedValue({ items: [QUESTION as unknown as QuestionRow], next_cursor: null });
  vi.spyOn(api.kiosk, "show").mockResolvedValue(QUESTION as unknown as Question);
  vi.spyOn(api.kiosk, "answers").mockResolvedValue([]);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("an answer appears while its question is open", async () => {
  const screen = await shownScreen();
  vi.spyOn(api.kiosk, "answers").mockResolvedValue([answer("Three millimetres")]);

  await vi.advanceTimersByTimeAsync(LOOK_MS);

  expect(screen.get("[data-testid=kiosk-question]").text()).toContain("Three millimetres");
  screen.unmount();
});

test("a question that may not be seen any more is closed", async () => {
  const screen = await shownScreen();
  vi.spyOn(api.kiosk, "show").mockRejectedValue(new AppError({ code: "not_found", status: 404 }));

  await vi.advanceTimersByTimeAsync(LOOK_MS);

  expect(screen.find("[data-testid=kiosk-question]").exists()).toBe(false);
  screen.unmount();
});
