import { expect, test } from "vitest";

import type { MergeForecast, OrganisationChange } from "@/contract/platform";

import common from "@/kernel/messages/zh-CN.json";

import zhCN from "./messages/zh-CN.json";
import { changeLines, holdingLines, KINDS } from "./words";

function t(key: string, values: Record<string, unknown> = {}): string {
  if (key === "listMark") return common.listMark;
  const found = key.split(".").slice(1).reduce<unknown>((tree, part) => (tree as Record<string, unknown>)[part], zhCN);
  if (typeof found !== "string") throw new Error(`no words for ${key}`);
  return found.replace(/\{(\w+)\}/gu, (_, name: string) => String(values[name]));
}

const BASE = { id: "1", at: "2026-11-29T00:00:00Z", actor_name: "管理员", reason: "" };

test("a move says from where to where, a change every field that changed", () => {
  const moved: OrganisationChange = { ...BASE, kind: "moved", before: { parent: "a", parent_name: "东市" }, after: { parent: "b", parent_name: "西市" } };
  const changed: OrganisationChange = {
    ...BASE, kind: "changed", before: { short_name: "", kind: "office", codes: [] }, after: { short_name: "一院", kind: "hospital", codes: ["uscc:91", "省平台:7:8"] },
  };

  expect(changeLines(moved, t)).toEqual(["上级：东市 → 西市"]);
  expect(changeLines(changed, t)).toEqual(["简称：（空） → 一院", "类型：项目办 → 医院", "外部编码：（空） → 统一社会信用代码 91、省平台 7:8"]);
});

test("what was made is told without what was empty", () => {
  const created: OrganisationChange = { ...BASE, kind: "created", before: {}, after: { name: "内镜中心", short_name: "", aliases: [], kind: "department", parent_name: "市立医院" } };

  expect(changeLines(created, t)).toEqual(["全称：内镜中心", "类型：科室", "上级：市立医院"]);
});

test("what a merger hands over is told by kind, the unknown together", () => {
  const forecast = { holdings: [{ what: "kiosks", count: 2 }, { what: "users", count: 12 }, { what: "session_shares", count: 3 }] } as unknown as MergeForecast;

  expect(holdingLines(forecast, t)).toEqual(["用户账号 12 条", "其他记录 5 条"]);
});

test("every kind has its word", () => {
  expect(KINDS.map((kind) => t(`organisations.kind.${kind}`))).toHaveLength(9);
});
