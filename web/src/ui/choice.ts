/** What a picker offers and keeps: the whole of it, so that what was chosen has its name wherever it is shown. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  /** Where it stands, to tell one from another of the same name. */
  readonly place: string;
  /** Why it cannot be chosen. */
  readonly refused?: string | null;
}
