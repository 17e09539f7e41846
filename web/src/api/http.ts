/** One request to the platform: JSON in and out, problem+json becomes an AppError. */
import { AppError } from "@/kernel/errors";
import type { Refusal } from "@/kernel/errors";
import { currentLocale } from "@/kernel/i18n";

import { actingNode } from "./acting";

export const API = "/api/v1";
const TIMEOUT_MS = 20_000;

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Call {
  readonly method?: Method;
  readonly query?: Query;
  /** JSON unless it is a Blob or a form. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface Access {
  readonly token: string | null;
  /** The token of a screen in an endoscopy room, which is nobody's. */
  readonly kiosk?: string;
}

/** The address with its query; empty values are left out. */
export function addressOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return `${API}${path}${text === "" ? "" : `?${text}`}`;
}

function isBinary(body: unknown): body is Blob | FormData {
  return body instanceof Blob || body instanceof FormData;
}

function headersOf(call: Call, access: Access): Headers {
  const headers = new Headers({ Accept: "application/json", "Accept-Language": currentLocale(), "X-Scopecast": "1" });
  if (access.token !== null) headers.set("Authorization", `Bearer ${access.token}`);
  const node = actingNode();
  if (access.token !== null && node !== null) headers.set("X-Scopecast-Node", node);
  if (access.kiosk !== undefined) headers.set("X-Scopecast-Kiosk", access.kiosk);
  if (call.body !== undefined && !isBinary(call.body)) headers.set("Content-Type", "application/json");
  return headers;
}

interface Problem {
  readonly code?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly error_id?: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[] | null;
}

/** An error answer as an AppError; an answer that is no problem+json gets the code `http.{status}`. */
export async function refusalFrom(answer: Response): Promise<AppError> {
  const problem: Problem = await answer.json().then((body: Problem) => body, () => ({}));
  const wait = Number(answer.headers.get("Retry-After"));
  const refusal: Refusal = {
    code: problem.code ?? `http.${answer.status}`,
    status: answer.status,
    detail: problem.detail,
    errorId: problem.error_id,
    fields: Object.fromEntries((problem.fields ?? []).map((field) => [field.path, field.message])),
    retryAfterS: wait > 0 ? wait : undefined,
  };
  return new AppError(refusal);
}

async function fetchOrRefuse(path: string, call: Call, access: Access): Promise<Response> {
  const limit = AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS);
  const init: RequestInit = {
    method: call.method ?? "GET",
    headers: headersOf(call, access),
    credentials: "same-origin",
    cache: "no-store",
    signal: call.signal === undefined ? limit : AbortSignal.any([limit, call.signal]),
  };
  if (call.body !== undefined) init.body = isBinary(call.body) ? call.body : JSON.stringify(call.body);
  try {
    return await fetch(addressOf(path, call.query), init);
  } catch (failure) {
    if (call.signal?.aborted === true) throw failure;
    throw new AppError({ code: limit.aborted ? "timeout" : "network", status: 0 }, { cause: failure });
  }
}

/** Sends one call; throws AppError on any refusal. An empty answer is undefined. */
export async function send<T>(path: string, call: Call = {}, access: Access = { token: null }): Promise<T> {
  const answer = await fetchOrRefuse(path, call, access);
  if (!answer.ok) throw await refusalFrom(answer);
  if (answer.status === 204 || answer.headers.get("Content-Length") === "0") return undefined as T;
  return (await answer.json()) as T;
}

/** The same for an answer that is not JSON (a picture, a document). */
export async function sendForBlob(path: string, call: Call, access: Access): Promise<Blob> {
  const answer = await fetchOrRefuse(path, call, access);
  if (!answer.ok) throw await refusalFrom(answer);
  return answer.blob();
}
