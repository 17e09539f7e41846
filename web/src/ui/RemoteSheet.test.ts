import { flushPromises, mount } from "@vue/test-utils";
import { expect, test } from "vitest";
import { defineComponent, ref } from "vue";

import { i18n } from "@/kernel/i18n";

import type { Choice } from "./choice";
import RemoteSheet from "./RemoteSheet.vue";

const PEOPLE: readonly Choice[] = [
  { id: "1", name: "王建国", place: "省肿瘤医院" },
  { id: "2", name: "李红", place: "内镜中心" },
  { id: "3", name: "陈涛", place: "内镜中心", refused: "已任系统管理员" },
];
const Sheet = defineComponent({ props: { modelValue: Boolean }, template: "<div v-if='modelValue' class='open'><slot /></div>" });

function opened(multiple: boolean) {
  const chosen = ref<readonly Choice[]>([]);
  const page = mount(
    {
      components: { RemoteSheet },
      setup: () => ({ chosen, find: () => Promise.resolve(PEOPLE), multiple }),
      template: "<RemoteSheet v-model='chosen' :find='find' :least='0' :multiple='multiple' placeholder='查找' />",
    },
    { global: { plugins: [i18n], stubs: { ElDialog: Sheet, ElInput: true, ElButton: true } } },
  );
  return { page, chosen };
}

async function names(page: ReturnType<typeof opened>["page"]): Promise<string[]> {
  await page.get(".field").trigger("click");
  await flushPromises();
  return page.findAll("[role=option]").map((each) => each.text());
}

test("one is chosen, and the sheet goes", async () => {
  const { page, chosen } = opened(false);
  expect(await names(page)).toHaveLength(3);

  await page.findAll("[role=option]")[1]?.trigger("click");

  expect(chosen.value.map((each) => each.name)).toEqual(["李红"]);
  expect(page.find(".open").exists()).toBe(false);
  expect(page.get(".field").text()).toBe("李红");
});

test("several are chosen and taken away in the same sheet, who is refused is not", async () => {
  const { page, chosen } = opened(true);
  await names(page);

  for (const place of [0, 1, 2, 0]) await page.findAll("[role=option]")[place]?.trigger("click");

  expect(chosen.value.map((each) => each.id)).toEqual(["2"]);
  expect(page.find(".open").exists()).toBe(true);
  await page.get(".chip").trigger("click");
  expect(chosen.value).toEqual([]);
});
