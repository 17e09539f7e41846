/** Acknowledgements and frames of namespace `/room` as they travel (signaling/PROTOCOL.md). */
import type { PassingEvent, Refusal, RoomEvent } from "@/contract/signaling";
import { AppError } from "@/kernel/errors";

type Body = Readonly<Record<string, unknown>>;

function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the server refused, from an acknowledgement or a connection error; never trusted to be whole. */
export function refusalOf(body: unknown): AppError {
  const found = (isBody(body) ? body : {}) as Partial<Refusal>;
  return new AppError({
    code: typeof found.code === "string" ? found.code : "unexpected",
    status: 0,
    errorId: found.error_id ?? undefined,
    retryAfterS: found.retry_after_s ?? undefined,
    params: found.params,
  });
}

/** The answer in an acknowledgement; throws the refusal that is there instead. */
export function answerOf(ack: unknown): unknown {
  if (isBody(ack) && ack["ok"] === true) return ack["data"];
  throw refusalOf(isBody(ack) ? ack["error"] : null);
}

/** A numbered frame, or null for what is none. The server checked its data against the catalogue. */
export function numberedFrame(body: unknown): RoomEvent | null {
  if (!isBody(body)) return null;
  const whole = typeof body["seq"] === "number" && typeof body["name"] === "string" && isBody(body["data"]);
  return whole ? (body as unknown as RoomEvent) : null;
}

/** A frame that is neither numbered nor kept, or null. */
export function passingFrame(body: unknown): PassingEvent | null {
  if (!isBody(body)) return null;
  return typeof body["name"] === "string" && isBody(body["data"]) ? (body as unknown as PassingEvent) : null;
}
