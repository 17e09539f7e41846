import { expect, test } from "vitest";

import type { PermissionModule, RoleItem } from "@/contract/platform";

import { composable, permitted, roleChoices, roleName, roleOrigin } from "./roleWords";

const MODULES: readonly PermissionModule[] = [
  { name: "files", words: "文件", permissions: [{ name: "files.view", words: "查看文件", composable: true }] },
  { name: "audit", words: "审计", permissions: [{ name: "audit.view", words: "查看审计记录", composable: false }] },
];
const AUDIT: RoleItem = { key: "audit", kind: "duty", names: null, organisation: null, permissions: ["audit.view"], holders: 1, revision: 0, changed_at: null, changed_by: null, changeable: false };
const OWN: RoleItem = { ...AUDIT, key: "r1", kind: "composed", names: { id: "r1", zh: "阅片助理", en: "Reader" }, organisation: { id: "o1", name: "县医院" }, permissions: ["files.view"] };
const t = (key: string, params?: Record<string, unknown>): string => [key, ...Object.values(params ?? {})].join(" ");

test("a composed role has its names, one of the house the house's words", () => {
  expect([roleName(OWN, "zh-CN", t), roleName(OWN, "en", t)]).toEqual(["阅片助理", "Reader"]);
  expect(roleName(AUDIT, "zh-CN", t)).toBe("identity.duty.audit");
  expect([roleOrigin(OWN, t), roleOrigin(AUDIT, t)]).toEqual(["identity.roles.of 县医院", "identity.roles.ofDuty"]);
  expect(roleOrigin({ ...AUDIT, key: "doctor", kind: "role" }, t)).toBe("identity.roles.built");
});

test("modules of which a role has nothing are left out, and so is what may not be composed", () => {
  expect(permitted(OWN, MODULES).map((each) => each.name)).toEqual(["files"]);
  expect(permitted(AUDIT, MODULES).map((each) => each.name)).toEqual(["audit"]);
  expect(composable(MODULES).map((each) => each.name)).toEqual(["files"]);
});

test("a role is chosen by a part of its name in the language shown", () => {
  expect(roleChoices([OWN, AUDIT], " 阅片", "zh-CN", t)).toEqual([{ id: "r1", name: "阅片助理", place: "identity.roles.of 县医院" }]);
  expect(roleChoices([OWN, AUDIT], "reader", "en", t).map((each) => each.id)).toEqual(["r1"]);
  expect(roleChoices([OWN, AUDIT], "", "en", t)).toHaveLength(2);
});
