/** Who is signed in, for screens and guards. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { Ref } from "vue";

import type { RenewAnswer, SignInAnswer, User } from "@/contract/platform";
import { AppError } from "@/kernel/errors";

import { dropToken, holdToken, onSignedOut, renew } from "./access";
import * as identity from "./identity";

interface State {
  readonly user: Ref<User | null>;
  readonly guest: Ref<boolean>;
  /** The password is still the given one, or no authenticator is linked. */
  readonly unfinished: Ref<boolean>;
  readonly mustChangePassword: Ref<boolean>;
  /** The server could not be asked: who this is, is not known yet. */
  readonly unreached: Ref<boolean>;
}

function makeState(): State {
  return { user: ref(null), guest: ref(false), unfinished: ref(false), mustChangePassword: ref(false), unreached: ref(false) };
}

function forget(state: State): void {
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
    if (answer.guest === null) takeUser(state, answer);
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
    unfinished: state.unfinished,
    mustChangePassword: state.mustChangePassword,
    isGuest: computed(() => state.guest.value),
    may: (permission: string): boolean => state.user.value?.permissions.includes(permission) ?? false,
    accept(answer: SignInAnswer): void {
      holdToken(answer.access_token, answer.expires_in, "user");
      takeUser(state, answer);
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
