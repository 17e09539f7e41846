/**
 * Words of the screens. Each feature has `messages/zh-CN.json` and `messages/en.json` and declares
 * them once with `messageBundle`; the router loads a route's bundles before it is shown.
 */
import { createI18n, useI18n } from "vue-i18n";

import common from "./messages/zh-CN.json";
import { forgetfulStorage } from "./storage";

export const LOCALES = ["zh-CN", "en"] as const;
export type Locale = (typeof LOCALES)[number];

export interface MessageTree {
  [key: string]: string | MessageTree;
}

type Loader = () => Promise<{ default: MessageTree }>;

/** The words of one feature under one name: `teaching.title` is key `title` of bundle `teaching`. */
export interface MessageBundle {
  readonly name: string;
  readonly load: Readonly<Record<Locale, Loader>>;
}

export function messageBundle(name: string, load: Record<Locale, Loader>): MessageBundle {
  return { name, load };
}

const STORAGE_KEY = "scopecast.locale";
const storage = forgetfulStorage(() => window.localStorage);

function isLocale(text: string | null | undefined): text is Locale {
  return LOCALES.some((locale) => locale === text);
}

/** The person's choice on this device, else the browser's first language that we have, else Chinese. */
export function initialLocale(languages: readonly string[] = navigator.languages): Locale {
  const stored = storage.read(STORAGE_KEY);
  if (isLocale(stored)) return stored;
  const first = languages.find((language) => /^(zh|en)\b/i.test(language));
  return first?.toLowerCase().startsWith("en") === true ? "en" : "zh-CN";
}

export const i18n = createI18n({
  legacy: false,
  locale: "zh-CN",
  fallbackLocale: "zh-CN",
  messages: { "zh-CN": common, en: {} },
  missingWarn: true,
  fallbackWarn: false,
});

const COMMON = messageBundle("common", {
  "zh-CN": () => Promise.resolve({ default: common }),
  en: () => import("./messages/en.json"),
});

const wanted = new Set<MessageBundle>([COMMON]);
const loaded = new Set<string>();

async function loadOne(bundle: MessageBundle, locale: Locale): Promise<void> {
  const key = `${bundle.name}/${locale}`;
  if (loaded.has(key)) return;
  const tree = (await bundle.load[locale]()).default;
  i18n.global.mergeLocaleMessage(locale, bundle === COMMON ? tree : { [bundle.name]: tree });
  loaded.add(key);
}

/** Makes these words ready in the language now shown, and in the next one after a switch. */
export async function needMessages(bundles: readonly MessageBundle[]): Promise<void> {
  for (const bundle of bundles) wanted.add(bundle);
  await Promise.all(bundles.map((bundle) => loadOne(bundle, currentLocale())));
}

/** What is loaded once its words are there too: for parts of a page that not everybody is shown. */
export async function withWords<T>(bundles: readonly MessageBundle[], load: () => Promise<T>): Promise<T> {
  const [part] = await Promise.all([load(), needMessages(bundles)]);
  return part;
}

export function currentLocale(): Locale {
  return i18n.global.locale.value;
}

/** Shows all in this language, remembers it on the device, and tells the document. */
export async function setLocale(locale: Locale): Promise<void> {
  await Promise.all([...wanted].map((bundle) => loadOne(bundle, locale)));
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
  storage.write(STORAGE_KEY, locale);
}

/** Translation outside components. */
export function translate(key: string, params: Record<string, string | number> = {}): string {
  return i18n.global.t(key, params);
}

/** True if there are words for this key in the language shown. */
export function hasWords(key: string): boolean {
  return i18n.global.te(key, currentLocale());
}

export interface Words {
  readonly t: (key: string, params?: Record<string, unknown>) => string;
  /** With a count: chooses the plural form and fills `{n}`. */
  readonly tc: (key: string, count: number, params?: Record<string, unknown>) => string;
}

/** Translation inside components; follows the language switch. */
export function useWords(): Words {
  const { t } = useI18n({ useScope: "global" });
  return {
    t: (key, params = {}) => t(key, params),
    tc: (key, count, params = {}) => t(key, { n: count, ...params }, count),
  };
}
