/** Who is signed in, for screens and guards. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { Ref } from "vue";

import type { SignInAnswer, User } from "@/contract/platform";
import { AppError } from "@/kernel/errors";

import { dropToken, holdGuestToken, holdUserToken, holdsGuestToken, onSignedOut, renew, restoreGuestToken } from "./access";
import * as identity from "./identity";

function makeState(): { user: Ref<User | null>; guest: Ref<boolean>; unfinished: Ref<boolean>; forget: () => void } {
  const user = ref<User | null>(null);
  const guest = ref(false);
  const forget = (): void => {
    user.value = null;
    guest.value = false;
  };
  return { user, guest, unfinished: ref(false), forget };
}

export const useSignedIn = defineStore("signedIn", () => {
  const { user, guest, unfinished, forget } = makeState();
  let restoring: Promise<void> | null = null;
  onSignedOut(forget);

  function accept(answer: SignInAnswer): void {
    holdUserToken(answer.access_token, answer.expires_in);
    guest.value = false;
    user.value = answer.user;
    unfinished.value = answer.must_change_password || answer.must_enrol_totp;
  }

  function acceptGuest(token: string, expiresInS: number): void {
    holdGuestToken(token, expiresInS);
    user.value = null;
    guest.value = true;
  }

  async function restoreNow(): Promise<void> {
    if (restoreGuestToken()) {
      guest.value = true;
      return;
    }
    try {
      accept(await renew());
    } catch (refused) {
      if (!(refused instanceof AppError)) throw refused;
    }
  }

  /** After a reload: takes the session up again by the cookie, once. */
  function restore(): Promise<void> {
    if (user.value !== null || holdsGuestToken()) return Promise.resolve();
    restoring ??= restoreNow();
    return restoring;
  }

  async function signOut(): Promise<void> {
    try {
      await identity.signOut();
    } finally {
      dropToken();
      forget();
    }
  }

  return {
    user,
    isGuest: computed(() => guest.value),
    unfinished,
    accept,
    acceptGuest,
    restore,
    signOut,
    may: (permission: string) => user.value?.permissions.includes(permission) ?? false,
  };
});
