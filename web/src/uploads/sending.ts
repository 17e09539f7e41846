/** One file on its way by tus: the only importer of its library, which is loaded with the first upload. */
import type { DetailedError, Upload } from "tus-js-client";

import { accessToken } from "@/api/access";
import { refusalFrom } from "@/api/http";
import { ENDPOINT, finish } from "@/api/uploads";
import type { StoredFile } from "@/contract/platform";
import { AppError } from "@/kernel/errors";
import { currentLocale } from "@/kernel/i18n";

const CHUNK_BYTES = 8 * 1024 * 1024;
/** Then again and again: a ward's network may be away for long, and nothing is lost by asking. */
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, ...Array.from({ length: 200 }, () => 15_000)];
const MAY_PASS = [0, 401, 408, 409, 423, 429];

export interface Progress {
  readonly sent: (bytes: number) => void;
  /** The line is away (true), or bytes go again. */
  readonly waiting: (away: boolean) => void;
  readonly finishing: () => void;
}

export interface Sending {
  readonly done: Promise<StoredFile>;
  pause: () => Promise<void>;
  goOn: () => void;
  /** Ends it here and on the server; `done` never settles then. */
  giveUp: () => Promise<void>;
}

/** What the server, or the line, objected. */
export async function refusalOf(failure: Error | DetailedError): Promise<AppError> {
  const answer = "originalResponse" in failure ? failure.originalResponse : null;
  if (answer === null || answer.getStatus() < 400) return new AppError({ code: "network", status: 0 }, { cause: failure });
  const wait = answer.getHeader("Retry-After");
  return refusalFrom(new Response(answer.getBody(), { status: answer.getStatus(), headers: wait === undefined ? {} : { "Retry-After": wait } }));
}

/** Whether the same request may succeed later. */
export function mayPass(status: number): boolean {
  return status < 400 || status >= 500 || MAY_PASS.includes(status);
}

/** Begins to send, or goes on with the upload at this address. */
export async function send(file: File, progress: Progress, address: string | null): Promise<Sending> {
  const tus = await import("tus-js-client");
  let upload: Upload | null = null;
  const done = new Promise<string>((resolve, reject) => {
    upload = new tus.Upload(file, {
      endpoint: new URL(ENDPOINT, window.location.origin).href,
      uploadUrl: address === null ? null : new URL(address, window.location.origin).href,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      storeFingerprintForResuming: false,
      metadata: { filename: file.name, modified: String(file.lastModified) },
      onBeforeRequest: async (request) => {
        const token = await accessToken();
        if (token !== null) request.setHeader("Authorization", `Bearer ${token}`);
        request.setHeader("Accept-Language", currentLocale());
      },
      onShouldRetry: (failure) => {
        const passes = mayPass(failure.originalResponse?.getStatus() ?? 0);
        progress.waiting(passes);
        return passes;
      },
      onProgress: (sent) => {
        progress.waiting(false);
        progress.sent(sent);
      },
      onError: (failure) => { refusalOf(failure).then(reject, reject); },
      onSuccess: () => { resolve(upload?.url ?? ""); },
    });
  }).then((place) => {
    progress.finishing();
    return finish(place);
  });
  return steer(upload, done);
}

/** The handles of an upload; when the line is back it goes on at once. */
function steer(upload: Upload | null, done: Promise<StoredFile>): Sending {
  let paused = false;
  const again = (): void => {
    if (!paused) void upload?.abort().then(() => { upload.start(); });
  };
  const leave = (): void => { window.removeEventListener("online", again); };
  window.addEventListener("online", again);
  done.then(leave, leave);
  upload?.start();
  return {
    done,
    pause: async () => {
      paused = true;
      await upload?.abort();
    },
    goOn: () => {
      paused = false;
      upload?.start();
    },
    giveUp: async () => {
      paused = true;
      leave();
      await upload?.abort(true);
    },
  };
}
