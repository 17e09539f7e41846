/** Questions, discussions, and the ways to them. */
import type {
  ChangedQuestion, Comment, GuestOnce, HideReason, Invited, KeptShare, Kiosk, KioskOnce, LinkFacts, NewQuestion, Page, Person, Question, QuestionEntrance, QuestionFigures, QuestionRow,
  QuestionShare, SummaryTexts,
} from "@/contract/platform";
import type { CommentId, QuestionId, UserId } from "@/kernel/ids";

import { call } from "./access";
import { send } from "./http";

function at(question: QuestionId, rest = ""): string {
  return `/questions/${encodeURIComponent(question)}${rest}`;
}

export function ask(question: NewQuestion): Promise<Question> {
  return call("/questions", { method: "POST", body: question });
}

export function show(question: QuestionId): Promise<Question> {
  return call(at(question));
}

export function like(question: QuestionId, on: boolean): Promise<QuestionFigures> {
  return call(at(question, "/like"), { method: on ? "POST" : "DELETE" });
}

export function follow(question: QuestionId, on: boolean): Promise<QuestionFigures> {
  return call(at(question, "/follow"), { method: on ? "POST" : "DELETE" });
}

export function chooseBest(question: QuestionId, comment: CommentId | null): Promise<undefined> {
  return call(at(question, "/best"), { method: "PUT", body: { comment } });
}

export function move(question: QuestionId, to: "close" | "reopen"): Promise<undefined> {
  return call(at(question, `/${to}`), { method: "POST", body: {} });
}

export function hide(question: QuestionId, reason: HideReason): Promise<undefined> {
  return call(at(question, "/hide"), { method: "POST", body: { reason } });
}

export function restore(question: QuestionId): Promise<undefined> {
  return call(at(question, "/restore"), { method: "POST", body: {} });
}

export function change(question: QuestionId, words: ChangedQuestion): Promise<Question> {
  return call(at(question), { method: "PATCH", body: words });
}

export function conclude(question: QuestionId): Promise<undefined> {
  return call(at(question, "/conclude"), { method: "POST", body: {} });
}

export function writeSummary(question: QuestionId, texts: SummaryTexts): Promise<Question> {
  return call(at(question, "/summary"), { method: "PUT", body: texts });
}

export function invite(question: QuestionId, experts: readonly UserId[]): Promise<Question> {
  return call(at(question, "/experts"), { method: "POST", body: { experts } });
}

export function share(question: QuestionId, hours: number): Promise<QuestionShare> {
  return call(at(question, "/shares"), { method: "POST", body: { hours } });
}

export async function shares(question: QuestionId): Promise<readonly KeptShare[]> {
  return (await call<{ items: readonly KeptShare[] }>(at(question, "/shares"))).items;
}

export function revokeShare(question: QuestionId, share: string): Promise<undefined> {
  return call(at(question, `/shares/${encodeURIComponent(share)}`), { method: "DELETE" });
}

export function inviteGuest(question: QuestionId, name: string, hospital: string): Promise<GuestOnce> {
  return call(at(question, "/guests"), { method: "POST", body: { name, hospital } });
}

export async function invited(question: QuestionId): Promise<readonly Invited[]> {
  return (await call<{ items: readonly Invited[] }>(at(question, "/invited"))).items;
}

/** Takes an expert's or a guest's invitation back. */
export function uninvite(question: QuestionId, { kind, id }: Pick<Invited, "kind" | "id">): Promise<undefined> {
  return call(at(question, `/${kind}s/${encodeURIComponent(id)}`), { method: "DELETE" });
}

export async function people(text: string): Promise<readonly Person[]> {
  return (await call<{ items: readonly Person[] }>("/people", { query: { text } })).items;
}

export type Way = "question-links" | "discussion-invitations";

export function lookAt(way: Way, secret: string): Promise<LinkFacts> {
  return call(`/${way}/${encodeURIComponent(secret)}`);
}

export function enter(way: Way, secret: string, code: string, name: string): Promise<QuestionEntrance> {
  const path = `/${way}/${encodeURIComponent(secret)}`;
  if (way === "question-links") return call(`${path}/open`, { method: "POST", body: { ...(code === "" ? {} : { pin: code }), name } });
  return call(`${path}/redeem`, { method: "POST", body: { one_time_code: code, name } });
}

/** The screen in the endoscopy room: it has a token of its own kind, and nobody is signed in. */
export const kiosk = {
  begin: (): Promise<KioskOnce> => send("/kiosks", { method: "POST", body: {} }),
  self: (token: string): Promise<Kiosk> => send("/kiosk", {}, { token: null, kiosk: token }),
  leave: (token: string): Promise<undefined> => send("/kiosk", { method: "DELETE" }, { token: null, kiosk: token }),
  questions: (token: string): Promise<Page<QuestionRow>> => send("/kiosk/questions", {}, { token: null, kiosk: token }),
  show: (token: string, question: string): Promise<Question> => send(`/kiosk/questions/${encodeURIComponent(question)}`, {}, { token: null, kiosk: token }),
  answers: async (token: string, question: string): Promise<readonly Comment[]> =>
    (await send<{ items: readonly Comment[] }>(`/kiosk/questions/${encodeURIComponent(question)}/answers`, {}, { token: null, kiosk: token })).items,
  ask: (token: string, title: string): Promise<Question> => send("/kiosk/questions", { method: "POST", body: { title } }, { token: null, kiosk: token }),
  mine: async (): Promise<readonly Kiosk[]> => (await call<{ items: readonly Kiosk[] }>("/kiosks")).items,
  end: (screen: string): Promise<undefined> => call(`/kiosks/${encodeURIComponent(screen)}`, { method: "DELETE" }),
  confirm: (code: string, room: string): Promise<undefined> => call("/kiosks/confirm", { method: "POST", body: { code, room } }),
};
