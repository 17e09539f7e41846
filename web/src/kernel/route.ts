/** What a feature says of its routes beside their paths. */
import "vue-router";
import type { RouteRecordRaw } from "vue-router";

import type { MessageBundle } from "./i18n";

declare module "vue-router" {
  interface RouteMeta {
    /** Message key of the page's title. */
    title?: string;
    /** Words that must be there before the page is shown. */
    messages?: readonly MessageBundle[];
    /** `app`: rail or tabs round it; `none`: the page has the whole window. Default `app`. */
    shell?: "app" | "none";
    /** `room`: always dark. Default: the person's own. */
    theme?: "room" | "own";
    /** `signedIn` (default): a user; `guest`: a user or an invited guest; `public`: anybody. */
    access?: "signedIn" | "guest" | "public";
    /** A permission that the user must have, else the page is refused. */
    permission?: string;
  }
}

export type FeatureRoutes = readonly RouteRecordRaw[];
