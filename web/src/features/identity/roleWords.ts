/** Roles as a person reads them: their names, what stands under them, and what each permits by module. */
import type { PermissionModule, RoleItem } from "@/contract/platform";
import type { Locale } from "@/kernel/i18n";
import type { Choice } from "@/ui/choice";

type Words = (key: string, params?: Record<string, unknown>) => string;

export function roleName(role: Pick<RoleItem, "key" | "kind" | "names">, locale: Locale, t: Words): string {
  if (role.names) return locale === "zh-CN" ? role.names.zh : role.names.en;
  return t(`identity.${role.kind === "duty" ? "duty" : "role"}.${role.key}`);
}

/** Where a role comes from: built in, a duty, or the organisation that composed it. */
export function roleOrigin(role: RoleItem, t: Words): string {
  if (role.kind === "duty") return t("identity.roles.ofDuty");
  return role.organisation ? t("identity.roles.of", { name: role.organisation.name }) : t("identity.roles.built");
}

/** The modules of which a role has something, with what it has. */
export function permitted(role: RoleItem, modules: readonly PermissionModule[]): readonly PermissionModule[] {
  return modules
    .map((module) => ({ ...module, permissions: module.permissions.filter((each) => role.permissions.includes(each.name)) }))
    .filter((module) => module.permissions.length > 0);
}

/** The modules that a role can be composed of, with what may be in it. */
export function composable(modules: readonly PermissionModule[]): readonly PermissionModule[] {
  return modules
    .map((module) => ({ ...module, permissions: module.permissions.filter((each) => each.composable) }))
    .filter((module) => module.permissions.length > 0);
}

/** The roles whose name has the words, as choices; without words all. */
export function roleChoices(roles: readonly RoleItem[], words: string, locale: Locale, t: Words): readonly Choice[] {
  const wanted = words.trim().toLocaleLowerCase();
  return roles
    .map((role) => ({ id: role.key, name: roleName(role, locale, t), place: roleOrigin(role, t) }))
    .filter((choice) => choice.name.toLocaleLowerCase().includes(wanted));
}
