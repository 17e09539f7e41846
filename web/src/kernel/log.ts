/** A log line is a constant name plus fields; never a person's name, a token or a note. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Level = "debug" | "info" | "warn" | "error";

function write(level: Level, name: string, fields: LogFields): void {
  // The one place that may write to the console.
  // eslint-disable-next-line no-console
  console[level](name, fields);
}

export const log = {
  debug: (name: string, fields: LogFields = {}): void => { write("debug", name, fields); },
  info: (name: string, fields: LogFields = {}): void => { write("info", name, fields); },
  warn: (name: string, fields: LogFields = {}): void => { write("warn", name, fields); },
  error: (name: string, fields: LogFields = {}): void => { write("error", name, fields); },
};
