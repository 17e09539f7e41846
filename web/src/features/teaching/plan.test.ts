import { expect, test } from "vitest";

import { emptyPlan, planFaults, toSend } from "./plan";
import type { PlanForm } from "./plan";

const NOW = Date.parse("2026-11-22T06:00:00Z");

function whole(change: Partial<PlanForm> = {}): PlanForm {
  return { ...emptyPlan("省肿瘤医院"), title: "胃角早癌 ESD", starts: "2026-11-22T15:00:00", form: "esd", part: "stomach", ...change };
}

test("an empty plan names every field that is asked", () => {
  expect(planFaults(emptyPlan(""), NOW)).toEqual({ title: "needTitle", hospital: "needHospital", starts: "needTime", form: "needForm", part: "needPart" });
  expect(planFaults(whole(), NOW)).toEqual({});
});

test("a time of ours that has passed is refused, but not when a running plan is changed", () => {
  const past = whole({ starts: "2026-11-22T12:00:00" });

  expect(planFaults(past, NOW)).toEqual({ starts: "pastTime" });
  expect(planFaults(past, NOW, true)).toEqual({});
});

test.each(["身份证 51010619880101123X", "电话 13812345678", "(13812345678)"])("a summary with an identity is refused: %s", (summary) => {
  expect(planFaults(whole({ summary }), NOW)).toEqual({ summary: "identity" });
});

test.each(["病变 15 mm，HP 1380 单位", "编号 20261122000012345678901"])("figures of medicine are no identity: %s", (summary) => {
  expect(planFaults(whole({ summary }), NOW)).toEqual({});
});

test("what is sent is trimmed and in UTC", () => {
  const sent = toSend(whole({ title: " 胃角早癌 ", consent: "  " }));

  expect(sent).toMatchObject({ title: "胃角早癌", starts_at: "2026-11-22T07:00:00.000Z", consent_reference: null, recorded: true });
});
