/** Values whose mask was lifted: each is hidden again after a minute. */
import { onBeforeUnmount, shallowRef } from "vue";

import type { TableCell, TableColumn, TableRow } from "@/contract/platform";

const SHOWN_MS = 60_000;

export interface Shown {
  of(row: TableRow, column: TableColumn): TableCell;
  show(row: TableRow, column: TableColumn): Promise<void>;
}

export function useShown(reveal: (row: TableRow, column: string) => Promise<TableCell>, shownMs = SHOWN_MS): Shown {
  const values = shallowRef<ReadonlyMap<string, TableCell>>(new Map());
  const timers = new Set<ReturnType<typeof setTimeout>>();

  function keyOf(row: TableRow, column: TableColumn): string {
    return `${row.key}/${column.name}`;
  }

  function put(key: string, value: TableCell): void {
    const next = new Map(values.value);
    if (value === null) next.delete(key);
    else next.set(key, value);
    values.value = next;
  }

  onBeforeUnmount(() => {
    for (const timer of timers) clearTimeout(timer);
  });

  return {
    of: (row, column) => values.value.get(keyOf(row, column)) ?? null,
    async show(row, column) {
      const key = keyOf(row, column);
      put(key, await reveal(row, column.name));
      const timer = setTimeout(() => {
        timers.delete(timer);
        put(key, null);
      }, shownMs);
      timers.add(timer);
    },
  };
}
