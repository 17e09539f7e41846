/** What Ctrl K finds without the server: places and commands whose name holds the words. Pure. */
export interface SearchOption {
  readonly id: string;
  readonly name: string;
  readonly hint?: string;
  readonly run: () => void;
}

export function matching(options: readonly SearchOption[], words: string): readonly SearchOption[] {
  const parts = words.toLocaleLowerCase().split(/\s+/u).filter((part) => part !== "");
  return options.filter(({ name }) => parts.every((part) => name.toLocaleLowerCase().includes(part)));
}

/** The option after a step, round the ends; -1 where there is none. */
export function stepped(at: number, by: 1 | -1, many: number): number {
  return many === 0 ? -1 : (at + by + many) % many;
}
