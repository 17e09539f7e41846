/** Storage of the browser that may be refused (private mode, full): then nothing is remembered. */
export interface ForgetfulStorage {
  read(key: string): string | null;
  write(key: string, value: string): void;
  remove(key: string): void;
}

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch (refused) {
    if (refused instanceof DOMException) return otherwise;
    throw refused;
  }
}

export function forgetfulStorage(open: () => Storage): ForgetfulStorage {
  return {
    read: (key) => attempt(() => open().getItem(key), null),
    write: (key, value) => { attempt(() => { open().setItem(key, value); }, undefined); },
    remove: (key) => { attempt(() => { open().removeItem(key); }, undefined); },
  };
}
