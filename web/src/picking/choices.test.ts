import { expect, test } from "vitest";

import type { Organisation, OrganisationStep, Person } from "@/contract/platform";

import { organisationChoice, personChoice } from "./choices";

test("an organisation is told apart by what stands above it, not by itself", () => {
  const hospital = { id: "c", name: "人民医院" } as Organisation;
  const path = [{ id: "a", name: "浙江省" }, { id: "b", name: "杭州市" }, { id: "c", name: "人民医院" }] as OrganisationStep[];

  expect(organisationChoice(hospital, path)).toEqual({ id: "c", name: "人民医院", place: "浙江省 / 杭州市" });
  expect(organisationChoice(hospital).place).toBe("");
});

test("a person is told apart by title and organisation", () => {
  const person = { id: "p", name: "李红", title: "", organisation: "c", organisation_name: "人民医院" } as Person;

  expect(personChoice(person)).toEqual({ id: "p", name: "李红", place: "人民医院" });
  expect(personChoice({ ...person, title: "主任医师" }).place).toBe("主任医师 · 人民医院");
});
