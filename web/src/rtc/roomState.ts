/** What a room is, as a fold of its snapshot and numbered events. Pure; marks are folded beside. */
import type {
  Joined,
  Participant,
  PresentedView,
  Publication,
  RoomEvent,
  RoomStateChanged,
  Snapshot,
  Still,
} from "@/contract/signaling";

export interface RoomState {
  readonly room: string;
  readonly session: string | null;
  readonly title: string;
  readonly stage: RoomStateChanged;
  readonly participants: ReadonlyMap<string, Participant>;
  readonly publications: ReadonlyMap<string, Publication>;
  readonly stills: ReadonlyMap<string, Still>;
  readonly view: PresentedView;
  readonly likes: number;
}

export const EMPTY_ROOM: RoomState = {
  room: "",
  session: null,
  title: "",
  stage: { state: "open", on_air_since_ms: null, recording: "off", recording_since_ms: null },
  participants: new Map(),
  publications: new Map(),
  stills: new Map(),
  view: { layout: "scope", participant: null },
  likes: 0,
};

export function roomFrom(snapshot: Snapshot): RoomState {
  return {
    room: snapshot.room,
    session: snapshot.session,
    title: snapshot.title,
    stage: {
      state: snapshot.state,
      on_air_since_ms: snapshot.on_air_since_ms,
      recording: snapshot.recording,
      recording_since_ms: snapshot.recording_since_ms,
    },
    participants: byId(snapshot.participants),
    publications: byId(snapshot.publications),
    stills: byId(snapshot.stills),
    view: snapshot.view,
    likes: snapshot.likes,
  };
}

/** The state that an answer to `room.join` leaves, given the one before. */
export function afterJoin(before: RoomState, joined: Joined): RoomState {
  if (joined.snapshot !== null) return roomFrom(joined.snapshot);
  return missedOf(joined).reduce(applyEvent, before);
}

/** The state after one numbered event; what is not about the room's own state leaves it as it was. */
export function applyEvent(state: RoomState, event: RoomEvent): RoomState {
  switch (event.name) {
    case "participant.upserted":
      return { ...state, participants: withOne(state.participants, event.data.participant) };
    case "participant.left":
      return { ...state, participants: without(state.participants, event.data.participant) };
    case "publication.upserted":
      return { ...state, publications: withOne(state.publications, event.data.publication) };
    case "publication.ended":
      return { ...state, publications: without(state.publications, event.data.publication) };
    case "room.state":
      return { ...state, stage: event.data };
    case "still.changed":
      return { ...state, stills: withOne(state.stills, event.data.still) };
    case "still.removed":
      return { ...state, stills: without(state.stills, event.data.still) };
    case "view.presented":
      return { ...state, view: event.data.view };
    case "likes.counted":
      return event.data.comment === null ? { ...state, likes: event.data.count } : state;
    case "comment.posted":
    case "comment.hidden":
    case "marks.changed":
      return state;
  }
}

/** What went by while the line was down. The server checked its events against the catalogue. */
export function missedOf(joined: Joined): readonly RoomEvent[] {
  return (joined.missed ?? []) as unknown as readonly RoomEvent[];
}

function byId<T extends { readonly id: string }>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

function withOne<T extends { readonly id: string }>(
  rows: ReadonlyMap<string, T>,
  row: T,
): ReadonlyMap<string, T> {
  return new Map(rows).set(row.id, row);
}

function without<T>(rows: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  const next = new Map(rows);
  next.delete(id);
  return next;
}

/** Raised hands, the longest waiting first. */
export function raisedHands(state: RoomState): readonly Participant[] {
  return [...state.participants.values()]
    .filter((each) => each.hand_raised_at_ms !== null)
    .sort((a, b) => (a.hand_raised_at_ms ?? 0) - (b.hand_raised_at_ms ?? 0));
}

/** Who may draw, as the status bar names them. */
export function whoMayDraw(state: RoomState): readonly Participant[] {
  return [...state.participants.values()].filter((each) => each.rights.includes("draw"));
}

/** The newest still that is open beside the live picture. */
export function openStill(state: RoomState): Still | null {
  return [...state.stills.values()].filter((still) => still.open).at(-1) ?? null;
}
