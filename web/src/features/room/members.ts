/** The list of who is there, in its order, with how each line fares. Pure. */
import type { Participant, QualityRow, Source } from "@/contract/signaling";
import { qualityGrade, type QualityGrade } from "@/rtc/lineRates";
import type { RoomState } from "@/rtc/roomState";

export interface Member {
  readonly person: Participant;
  readonly voice: "on" | "muted" | "none";
  readonly speaking: boolean;
  readonly quality: QualityRow | null;
  readonly up: QualityGrade;
  readonly down: QualityGrade;
}

const ROLE_ORDER: Readonly<Record<Participant["role"], number>> = { host: 0, commentator: 1, encoder: 2, viewer: 3 };

/** Hosts, commentators, encoders, then viewers by the time they came; those who are away last. */
export function membersOf(
  state: RoomState,
  quality: readonly QualityRow[],
  speaking: ReadonlySet<string>,
): readonly Member[] {
  const voices = [...state.publications.values()].filter((each) => each.kind === "audio");
  return [...state.participants.values()].sort(byPlace).map((person) => {
    const voice = voices.find((each) => each.participant === person.id);
    const row = quality.find((each) => each.participant === person.id) ?? null;
    return {
      person,
      voice: voice === undefined ? "none" : voice.on ? "on" : "muted",
      speaking: voice !== undefined && voice.on && speaking.has(voice.id),
      quality: row,
      up: qualityGrade(row?.up_loss ?? null, row?.rtt_ms ?? null),
      down: qualityGrade(row?.down_loss ?? null, row?.rtt_ms ?? null),
    };
  });
}

function byPlace(a: Participant, b: Participant): number {
  return (
    Number(b.online) - Number(a.online) || ROLE_ORDER[a.role] - ROLE_ORDER[b.role] || a.joined_at_ms - b.joined_at_ms
  );
}

/** An encoder is called by what it sends; `nameOfSource` is the word for a source. */
export function calledIn(state: RoomState, person: Participant, nameOfSource: (source: Source) => string): string {
  if (person.role !== "encoder") return person.name;
  const sent = [...state.publications.values()].filter((each) => each.participant === person.id);
  return sent.length === 0 ? person.name : sent.map((each) => nameOfSource(each.source)).join(" · ");
}
