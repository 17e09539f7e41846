import { expect, test } from "vitest";

import type { InboxCounts } from "@/contract/platform";
import { AppError } from "@/kernel/errors";

import { Figures } from "./figures";
import type { PageLife } from "./figures";

class Page implements PageLife {
  shown = true;
  at = 0;
  waits: number[] = [];
  visible = (): boolean => this.shown;
  now = (): number => this.at;
  wait = (ms: number): Promise<void> => {
    this.waits.push(ms);
    return Promise.resolve();
  };
}

/** Answers one question after the other, and says what was known at each. */
class House {
  asked: (InboxCounts | null)[] = [];
  #answers: ((answer: InboxCounts | AppError) => void)[] = [];
  ask = (known: InboxCounts | null): Promise<InboxCounts> => {
    this.asked.push(known);
    return new Promise((resolve, reject) => {
      this.#answers.push((answer) => { if (answer instanceof AppError) reject(answer); else resolve(answer); });
    });
  };
  async answer(answer: InboxCounts | AppError): Promise<void> {
    this.#answers.shift()?.(answer);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

test("each question says what is known, and the next follows its answer", async () => {
  const house = new House();
  const figures = new Figures(house.ask, new Page());

  figures.stir();
  await house.answer({ open: 1, unread: 1 });
  figures.stir();
  await house.answer({ open: 2, unread: 1 });

  expect(house.asked).toEqual([null, { open: 1, unread: 1 }, { open: 2, unread: 1 }]);
  expect(figures.counts.value).toEqual({ open: 2, unread: 1 });
});

test("a refusal makes it wait longer each time, and an answer ends that", async () => {
  const house = new House();
  const page = new Page();
  const figures = new Figures(house.ask, page);
  const away = new AppError({ code: "network", status: 0 });

  figures.stir();
  for (let turn = 0; turn < 7; turn += 1) await house.answer(away);
  await house.answer({ open: 0, unread: 0 });
  await house.answer(away);

  expect(page.waits).toEqual([2000, 4000, 8000, 16000, 32000, 60000, 60000, 2000]);
});

test("a person who is gone, and a page that is hidden, ask nothing", async () => {
  const house = new House();
  const page = new Page();
  const figures = new Figures(house.ask, page);

  figures.stir();
  page.at = 6 * 60_000;
  await house.answer({ open: 0, unread: 0 });
  expect(house.asked.length).toBe(1);
  page.shown = false;
  figures.stir();
  expect(house.asked.length).toBe(1);

  page.shown = true;
  figures.stir();
  expect(house.asked.length).toBe(2);
});
