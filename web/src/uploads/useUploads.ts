/** The files that somebody adds in one place: those on their way, those that have arrived. */
import { computed, onScopeDispose, reactive, ref } from "vue";
import type { ComputedRef, Ref } from "vue";

import * as api from "@/api/uploads";
import type { StoredFile, UploadUnderWay } from "@/contract/platform";
import { toAppError } from "@/kernel/errors";
import type { AppError } from "@/kernel/errors";
import { log } from "@/kernel/log";

import { match } from "./match";
import type { Sending } from "./sending";

export type RowState = "sending" | "waiting" | "paused" | "finishing" | "failed";

export interface Row {
  readonly key: number;
  readonly file: File;
  sent: number;
  state: RowState;
  error: AppError | null;
}

export interface Uploads {
  readonly rows: readonly Row[];
  readonly stored: Ref<readonly StoredFile[]>;
  /** Begun earlier, here or elsewhere: the same file must be chosen again to go on. */
  readonly unfinished: Ref<readonly UploadUnderWay[]>;
  readonly busy: ComputedRef<boolean>;
  readonly room: ComputedRef<number>;
  add: (files: readonly File[]) => void;
  pause: (row: Row) => void;
  goOn: (row: Row) => void;
  giveUp: (row: Row) => void;
  forget: (upload: UploadUnderWay) => void;
  remove: (file: StoredFile) => void;
  lookForUnfinished: () => Promise<void>;
  clear: () => void;
}

export interface Wishes {
  readonly max: number;
  readonly stored?: Ref<readonly StoredFile[]>;
  /** What is done with each file that has arrived; a refusal is shown at its row. */
  readonly onStored?: (file: StoredFile) => Promise<void>;
}

let keys = 0;

function quietly(work: Promise<unknown>): void {
  work.catch((failure: unknown) => { log.info("upload.act_refused", { code: toAppError(failure).code }); });
}

/** Lets the page be left only after a question while something is on its way. */
function guardLeaving(busy: ComputedRef<boolean>): void {
  const ask = (event: BeforeUnloadEvent): void => { if (busy.value) event.preventDefault(); };
  window.addEventListener("beforeunload", ask);
  onScopeDispose(() => { window.removeEventListener("beforeunload", ask); });
}

/** Sends a row's file and keeps the row up with it. */
async function carry(row: Row, hold: (sending: Sending) => void, address: string | null): Promise<StoredFile> {
  const { send } = await import("./sending");
  const sending = await send(row.file, {
    sent: (bytes) => { row.sent = bytes; },
    waiting: (away) => { if (row.state === "sending" || row.state === "waiting") row.state = away ? "waiting" : "sending"; },
    finishing: () => { row.state = "finishing"; },
  }, address);
  hold(sending);
  return sending.done;
}

function withdrawable(sendings: Map<number, Sending>, rows: Row[]): Pick<Uploads, "pause" | "goOn" | "giveUp"> & { leave: () => void } {
  const drop = (row: Row): void => { rows.splice(rows.findIndex((each) => each.key === row.key), 1); };
  return {
    pause(row) {
      row.state = "paused";
      quietly(sendings.get(row.key)?.pause() ?? Promise.resolve());
    },
    goOn(row) {
      row.state = "sending";
      sendings.get(row.key)?.goOn();
    },
    giveUp(row) {
      drop(row);
      quietly(sendings.get(row.key)?.giveUp() ?? Promise.resolve());
      sendings.delete(row.key);
    },
    leave() {
      for (const sending of sendings.values()) quietly(sending.pause());
    },
  };
}

/** Finds what was begun earlier: all of it, and what a file of a row had begun. */
function lookingBack(
  rows: readonly Row[],
  unfinished: Ref<readonly UploadUnderWay[]>,
): Pick<Uploads, "lookForUnfinished"> & { before: (row: Row) => Promise<UploadUnderWay | null> } {
  /** What is under way and carried by no row, or by this one alone. */
  async function underWay(own: Row | null): Promise<readonly UploadUnderWay[]> {
    const all = await api.underWay();
    return all.filter((upload) => !rows.some((row) => row.key !== own?.key && match(row.file, [upload]) !== null));
  }

  return {
    async lookForUnfinished() {
      unfinished.value = await underWay(null);
    },
    /** It is no unfinished one any more. */
    async before(row) {
      try {
        unfinished.value = await underWay(row);
      } catch (failure) {
        log.info("upload.list_refused", { code: toAppError(failure).code });
      }
      const found = match(row.file, unfinished.value);
      unfinished.value = unfinished.value.filter((upload) => upload !== found);
      return found;
    },
  };
}

export function useUploads(wishes: Wishes): Uploads {
  const rows = reactive<Row[]>([]);
  const stored = wishes.stored ?? ref<readonly StoredFile[]>([]);
  const unfinished = ref<readonly UploadUnderWay[]>([]);
  const sendings = new Map<number, Sending>();
  const { pause, goOn, giveUp, leave } = withdrawable(sendings, rows);
  const busy = computed(() => rows.some((row) => row.state !== "failed"));
  guardLeaving(busy);
  onScopeDispose(leave);

  const { lookForUnfinished, before } = lookingBack(rows, unfinished);

  async function take(row: Row): Promise<void> {
    try {
      const begun = await before(row);
      const file = await carry(row, (sending) => sendings.set(row.key, sending), begun === null ? null : api.addressOf(begun));
      await wishes.onStored?.(file);
      stored.value = [...stored.value, file];
      rows.splice(rows.findIndex((each) => each.key === row.key), 1);
    } catch (failure) {
      row.error = toAppError(failure);
      row.state = "failed";
    }
    sendings.delete(row.key);
  }

  return {
    rows: rows, stored, unfinished, busy, pause, goOn, giveUp, lookForUnfinished,
    room: computed(() => wishes.max - stored.value.length - rows.length),
    add(files) {
      for (const file of files.slice(0, Math.max(0, wishes.max - stored.value.length - rows.length))) {
        rows.push({ key: (keys += 1), file, sent: 0, state: "sending", error: null });
        const row = rows.at(-1);
        if (row !== undefined) void take(row);
      }
    },
    forget(upload) {
      unfinished.value = unfinished.value.filter((each) => each !== upload);
      quietly(api.giveUp(upload));
    },
    remove(file) { stored.value = stored.value.filter((each) => each.id !== file.id); },
    clear() { stored.value = []; },
  };
}
