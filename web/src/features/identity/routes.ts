import type { FeatureRoutes } from "@/kernel/route";
import { tableMessages } from "@/tables/messages";

import { identityMessages } from "./messages";

const messages = [identityMessages];

export const routes: FeatureRoutes = [
  {
    path: "/sign-in",
    component: () => import("./SignIn.vue"),
    meta: { access: "public", shell: "none", title: "identity.title.signIn", messages },
  },
  {
    path: "/activate",
    component: () => import("./ActivateScreen.vue"),
    meta: { access: "public", shell: "none", title: "identity.title.activate", messages },
  },
  {
    path: "/i/:code",
    component: () => import("./InvitationScreen.vue"),
    props: true,
    meta: { access: "public", shell: "none", title: "identity.title.invitation", messages },
  },
  {
    path: "/register",
    component: () => import("./RegisterScreen.vue"),
    meta: { access: "public", shell: "none", title: "identity.title.register", messages },
  },
  {
    path: "/register/:code",
    component: () => import("./StandingScreen.vue"),
    props: true,
    meta: { access: "public", shell: "none", title: "identity.title.standing", messages },
  },
  {
    path: "/join/:code",
    component: () => import("./JoinScreen.vue"),
    props: true,
    meta: { access: "public", shell: "none", title: "identity.title.join", messages },
  },
  {
    path: "/self",
    component: () => import("./PatientScreen.vue"),
    meta: { access: "public", shell: "none", title: "identity.title.patient", messages },
  },
  {
    path: "/app/admin/registrations",
    component: () => import("./RegistrationsScreen.vue"),
    meta: { title: "identity.title.registrations", permission: "users.manage", messages: [...messages, tableMessages] },
  },
  {
    path: "/app/admin/users/import",
    component: () => import("./ImportScreen.vue"),
    meta: { title: "identity.title.import", permission: "users.manage", messages },
  },
  {
    path: "/app/admin/api-keys",
    component: () => import("./ApiKeysScreen.vue"),
    meta: { title: "identity.title.apiKeys", permission: "api_keys.manage", messages: [...messages, tableMessages] },
  },
  {
    path: "/app/admin/duties",
    component: () => import("./DutiesScreen.vue"),
    meta: { title: "identity.title.duties", permission: "duties.give", messages },
  },
  {
    path: "/app/admin/roles",
    component: () => import("./RolesScreen.vue"),
    meta: { title: "identity.title.roles", permission: "roles.give", messages },
  },
  {
    path: "/app/me/sights",
    component: () => import("./SightsScreen.vue"),
    meta: { title: "identity.title.sights", messages },
  },
  { path: "/app/me", component: () => import("./ProfileScreen.vue"), meta: { title: "identity.title.me", messages } },
  {
    path: "/app/admin/users",
    component: () => import("./UsersScreen.vue"),
    meta: { title: "identity.title.users", permission: "users.manage", messages: [...messages, tableMessages] },
  },
];
