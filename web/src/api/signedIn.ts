/** Who is signed in, for screens and guards. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { Ref } from "vue";

import type { ActingNode, RenewAnswer, SignInAnswer, User } from "@/contract/platform";
import { AppError } from "@/kernel/errors";

import { actFor } from "./acting";
import { dropToken, holdToken, onSignedOut, renew } from "./access";
import * as identity from "./identity";

interface State {
  readonly user: Ref<User | null>;
  /** Where one is somebody, the own organisation first; and for which of them this tab acts. */
  readonly nodes: Ref<readonly ActingNode[]>;
  readonly acting: Ref<string | null>;
  readonly guest: Ref<boolean>;
  /** The password is still the given one, or no authenticator is linked. */
  readonly unfinished: Ref<boolean>;
  readonly mustChangePassword: Ref<boolean>;
  /** The server could not be asked: who this is, is not known yet. */
  readonly unreached: Ref<boolean>;
}

function makeState(): State {
  return { user: ref(null), nodes: ref([]), acting: ref(null), guest: ref(false), unfinished: ref(false), mustChangePassword: ref(false), unreached: ref(false) };
}

/** What one may at the organisation for which this tab acts. */
async function learn(state: State): Promise<void> {
  if (state.unfinished.value) return;
  const me = await identity.me();
  state.user.value = me.user;
  state.nodes.value = me.nodes;
  state.acting.value = me.acting;
}

function forget(state: State): void {
  state.nodes.value = [];
  state.acting.value = null;
  state.user.value = null;
  state.guest.value = false;
}

function takeUser(state: State, answer: SignInAnswer | RenewAnswer): void {
  state.guest.value = false;
  state.user.value = answer.user;
  state.mustChangePassword.value = answer.must_change_password;
  state.unfinished.value = answer.must_change_password || answer.must_enrol_totp;
}

async function restoreNow(state: State): Promise<void> {
  state.unreached.value = false;
  try {
    const answer = await renew();
    if (answer.patient) return;
    if (answer.guest === null) {
      takeUser(state, answer);
      await learn(state);
    }
    else state.guest.value = true;
  } catch (refused) {
    if (!(refused instanceof AppError)) throw refused;
    state.unreached.value = refused.status === 0 || refused.status === 503;
  }
}

async function signOut(state: State): Promise<void> {
  try {
    await identity.signOut();
  } finally {
    dropToken();
    forget(state);
  }
}

export const useSignedIn = defineStore("signedIn", () => {
  const state = makeState();
  let restoring: Promise<void> | null = null;
  onSignedOut(() => forget(state));

  return {
    user: state.user,
    nodes: state.nodes,
    acting: state.acting,
    /** Everything is read anew for this organisation. */
    actFor(node: string): void {
      actFor(node === state.nodes.value[0]?.id ? null : node);
      window.location.assign("/app");
    },
    unfinished: state.unfinished,
    mustChangePassword: state.mustChangePassword,
    isGuest: computed(() => state.guest.value),
    may: (permission: string): boolean => state.user.value?.permissions.includes(permission) ?? false,
    async accept(answer: SignInAnswer): Promise<void> {
      actFor(null);
      holdToken(answer.access_token, answer.expires_in, "user");
      takeUser(state, answer);
      await learn(state);
    },
    acceptGuest(token: string, expiresInS: number): void {
      holdToken(token, expiresInS, "guest");
      state.user.value = null;
      state.guest.value = true;
    },
    /** The own password is set and the authenticator linked. */
    finish(): void {
      state.unfinished.value = false;
    },
    unreached: state.unreached,
    /** After a reload: takes the session up again by the cookie, once; again where the server was not reached. */
    restore(): Promise<void> {
      if (state.user.value !== null || state.guest.value) return Promise.resolve();
      if (state.unreached.value) restoring = null;
      restoring ??= restoreNow(state);
      return restoring;
    },
    signOut: () => signOut(state),
  };
});
