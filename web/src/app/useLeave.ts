/** Signing out, from wherever the shell offers it. */
import { useRouter } from "vue-router";

import { useSignedIn } from "@/api/signedIn";

export function useLeave(): () => Promise<void> {
  const router = useRouter();
  const signedIn = useSignedIn();
  return async () => {
    await signedIn.signOut();
    await router.push("/sign-in");
  };
}
