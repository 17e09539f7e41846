/** One list on a screen: its definition, the question, the rows so far; the question stands in the address. */
import { computed, ref, shallowRef, watch } from "vue";
import type { ComputedRef, Ref, ShallowRef } from "vue";
import { useRoute, useRouter } from "vue-router";

import * as tables from "@/api/tables";
import type { TableAsking, TableCell, TableColumn, TableDefinition, TableFilter, TableRow, TableTotal } from "@/contract/platform";
import { toAppError, type AppError } from "@/kernel/errors";

import { fromAddress, hiddenFilters, NOTHING, toAddress } from "./address";
import { besideTab, withTab } from "./tab";

/** What opens above a list. */
export type TableDialog = "filter" | "columns" | "views" | "export";

export interface TableState {
  readonly definition: ShallowRef<TableDefinition | null>;
  readonly asking: ShallowRef<TableAsking>;
  readonly columns: ShallowRef<readonly TableColumn[]>;
  readonly rows: ShallowRef<readonly TableRow[]>;
  readonly total: ShallowRef<TableTotal | null>;
  readonly more: ComputedRef<boolean>;
  readonly loading: Ref<boolean>;
  readonly error: ShallowRef<AppError | null>;
  /** What is asked beside the tab. */
  readonly filters: ComputedRef<readonly TableFilter[]>;
  readonly filtered: ComputedRef<boolean>;
  ask(change: Partial<TableAsking>): void;
  setFilter(column: string, filters: readonly TableFilter[]): void;
  sortBy(column: string): void;
  load(more: boolean): Promise<void>;
  /** The value behind a mask, for a minute; null: it could not be had. */
  reveal(row: TableRow, column: string): Promise<TableCell>;
}

const OWN_KEYS = ["f", "sort", "cols"];

interface Held {
  readonly definition: ShallowRef<TableDefinition | null>;
  readonly asking: ShallowRef<TableAsking>;
  readonly columns: ShallowRef<readonly TableColumn[]>;
  readonly rows: ShallowRef<readonly TableRow[]>;
  readonly total: ShallowRef<TableTotal | null>;
  readonly cursor: Ref<string | null>;
  readonly loading: Ref<boolean>;
  readonly error: ShallowRef<AppError | null>;
}

function nothingYet(): Held {
  return {
    definition: shallowRef(null),
    asking: shallowRef(NOTHING),
    columns: shallowRef([]),
    rows: shallowRef([]),
    total: shallowRef(null),
    cursor: ref(null),
    loading: ref(false),
    error: shallowRef(null),
  };
}

/** Reads a page; an answer that a newer question overtook is dropped. */
function reader(held: Held): (more: boolean) => Promise<void> {
  let turn = 0;
  return async (more) => {
    const known = held.definition.value;
    if (known === null || (more && (held.loading.value || held.cursor.value === null))) return;
    turn += 1;
    const mine = turn;
    held.loading.value = true;
    held.error.value = null;
    try {
      const page = await tables.rows(known.name, held.asking.value, more ? held.cursor.value : null);
      if (mine !== turn) return;
      held.columns.value = page.columns.flatMap((name) => known.columns.find((column) => column.name === name) ?? []);
      held.rows.value = more ? [...held.rows.value, ...page.rows] : page.rows;
      held.total.value = page.total ?? held.total.value;
      held.cursor.value = page.next_cursor;
    } catch (thrown) {
      if (mine === turn) held.error.value = toAppError(thrown);
    } finally {
      if (mine === turn) held.loading.value = false;
    }
  };
}

interface Asking {
  readonly begin: (table: string) => Promise<void>;
  readonly ask: (change: Partial<TableAsking>) => void;
}

/** Keeps question and address the same, whichever changes. */
function addressed(held: Held, load: (more: boolean) => Promise<void>, tab: string | undefined): Asking {
  const route = useRoute();
  const router = useRouter();

  function fromRoute(): void {
    const known = held.definition.value;
    if (known === null) return;
    const asked = fromAddress(route.query, known);
    const filters = [...asked.filters, ...hiddenFilters(held.asking.value, known)];
    const now = withTab({ ...asked, text: held.asking.value.text, filters }, known, tab);
    if (JSON.stringify(toAddress(now, known)) === JSON.stringify(toAddress(held.asking.value, known))) return;
    held.asking.value = now;
    void load(false);
  }
  watch(() => route.query, fromRoute);

  return {
    async begin(table) {
      held.definition.value = null;
      held.error.value = null;
      try {
        const known = await tables.definition(table);
        held.definition.value = known;
        held.asking.value = withTab(fromAddress(route.query, known), known, tab);
        await load(false);
      } catch (thrown) {
        held.error.value = toAppError(thrown);
      }
    },
    ask(change) {
      const known = held.definition.value;
      if (known === null) return;
      held.asking.value = withTab({ ...held.asking.value, ...change }, known, tab, held.asking.value.filters);
      const others = Object.fromEntries(Object.entries(route.query).filter(([key]) => !OWN_KEYS.includes(key)));
      void router.replace({ query: { ...others, ...toAddress(held.asking.value, known) } });
      void load(false);
    },
  };
}

/** `tab`: the column whose words stand as tabs (`tab.ts`). */
export function useTable(table: () => string, tab?: string): TableState {
  const held = nothingYet();
  const read = reader(held);
  const { begin, ask } = addressed(held, read, tab);
  watch(table, (name) => begin(name), { immediate: true });

  return {
    ...held,
    more: computed(() => held.cursor.value !== null),
    filters: computed(() => besideTab(held.asking.value.filters, tab)),
    filtered: computed(() => besideTab(held.asking.value.filters, tab).length > 0 || held.asking.value.text !== ""),
    ask,
    load: (more) => (held.definition.value === null ? begin(table()) : read(more)),
    setFilter(column, filters) {
      ask({ filters: [...held.asking.value.filters.filter((each) => each.column !== column), ...filters] });
    },
    sortBy(column) {
      const sort = held.asking.value.sort ?? held.definition.value?.sort ?? null;
      ask({ sort: { column, descending: sort?.column === column ? !sort.descending : false } });
    },
    async reveal(row, column) {
      if (held.definition.value === null) return null;
      try {
        return await tables.reveal(held.definition.value.name, row.key, column);
      } catch (thrown) {
        held.error.value = toAppError(thrown);
        return null;
      }
    },
  };
}
