/** Refusals and failures with a stable code; the sentence is chosen where it is shown. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  /** The server's sentence in the person's language, if it came from the server. */
  readonly detail?: string | undefined;
  readonly errorId?: string | undefined;
  readonly retryAfterS?: number | undefined;
  /** Field name to the sentence beside it. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
}

export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errorId: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly fields: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.code, options);
    this.name = "AppError";
    this.code = refusal.code;
    this.status = refusal.status;
    this.detail = refusal.detail;
    this.errorId = refusal.errorId;
    this.retryAfterS = refusal.retryAfterS;
    this.fields = refusal.fields ?? {};
    this.params = refusal.params ?? {};
  }
}

/** Whatever was thrown, as an AppError; what we did not foresee is `unexpected`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError({ code: "unexpected", status: 0 }, { cause: thrown });
}
