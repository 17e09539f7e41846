/** The only importer of Socket.IO: one socket to namespace `/room`, opened with one grant. */
import { io } from "socket.io-client";

import { NAMESPACE, PROTOCOL_VERSION } from "@/contract/signaling";

/** A line to the room as the connection needs it; the socket's own reconnection is not used. */
export interface Line {
  /** Open already when it is given: its `opened` was told to somebody before. */
  readonly isOpen: boolean;
  request(name: string, data: object, timeoutMs: number): Promise<unknown>;
  /** Without acknowledgement; dropped when the line is not writable. */
  tell(name: string, data: object): void;
  close(): void;
}

export interface LineEvents {
  readonly opened: () => void;
  /** Every frame of the server, numbered or not. */
  readonly frame: (name: string, body: unknown) => void;
  /** The server refused the grant or the protocol: its reasons. */
  readonly refused: (body: unknown) => void;
  readonly dropped: () => void;
}

export type OpenLine = (grant: string, events: LineEvents) => Line;

const CONNECT_TIMEOUT_MS = 8_000;

interface ConnectRefusal extends Error {
  readonly data?: unknown;
}

export const openSocketLine: OpenLine = (grant, events) => {
  const socket = io(NAMESPACE, {
    auth: { grant, protocol: PROTOCOL_VERSION },
    forceNew: true,
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    transports: ["websocket", "polling"],
  });
  socket.on("connect", events.opened);
  socket.on("connect_error", (error: ConnectRefusal) => {
    if (error.data === undefined) events.dropped();
    else events.refused(error.data);
  });
  socket.on("disconnect", events.dropped);
  socket.onAny((name: string, body: unknown) => {
    events.frame(name, body);
  });
  return {
    get isOpen() {
      return socket.connected;
    },
    request: (name, data, timeoutMs) => socket.timeout(timeoutMs).emitWithAck(name, data) as Promise<unknown>,
    tell: (name, data) => {
      if (socket.connected) socket.volatile.emit(name, data);
    },
    close: () => {
      socket.removeAllListeners();
      socket.offAny();
      socket.disconnect();
    },
  };
};
