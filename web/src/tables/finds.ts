/** Where a list's references are looked for, so that it can be asked by one that no row shows. */
import type { TableColumn } from "@/contract/platform";
import type { Choice } from "@/ui/choice";

export interface Find {
  readonly look: (words: string) => Promise<readonly Choice[]>;
  /** So many characters begin a search. */
  readonly least: number;
  readonly hint: string;
}

/** By the name of the column. */
export type Finds = Readonly<Record<string, Find>>;

/** Whether a person can fill in what a column is asked for: of a reference only if it can be looked for. */
export function isAskable(column: TableColumn, finds: Finds): boolean {
  return column.operators.length > 0 && (column.type !== "reference" || finds[column.name] !== undefined);
}

/** The choices that a filter holds, by what is known of their names. */
export function choicesOf(values: readonly string[], names: ReadonlyMap<string, string>): readonly Choice[] {
  return values.map((id) => ({ id, name: names.get(id) ?? id, place: "" }));
}
