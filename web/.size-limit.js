/** Budgets of UX 8: what a first visit to a route loads, gzip. Needs a build. */
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("./dist/.vite/manifest.json", import.meta.url), "utf8"));

function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (chunk === undefined || seen.has(key)) return [];
  seen.add(key);
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => filesOf(next, seen))];
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const always = filesOf(entry);

function route(name, limit, ...modules) {
  const files = new Set([...always, ...modules.flatMap((module) => filesOf(`src/${module}`))]);
  return { name, path: [...files].map((file) => `dist/${file}`), limit, gzip: true };
}

// Everybody's cards together: nobody's home page loads more.
const cards = Object.keys(manifest).filter((key) => /^src\/features\/[a-z]+\/home\/.+\.vue$/u.test(key)).map((key) => key.slice("src/".length));

export default [
  route("sign-in", "140 kB", "features/identity/SignIn.vue"),
  route("home, desk", "280 kB", "app/DeskShell.vue", "app/HomeScreen.vue", ...cards),
  route("home, phone", "170 kB", "app/PhoneShell.vue", "app/HomeScreen.vue", ...cards),
  route("programme, desk", "280 kB", "app/DeskShell.vue", "features/teaching/ProgrammeScreen.vue", "features/teaching/ProgrammeTools.vue"),
  route("programme, phone", "170 kB", "app/PhoneShell.vue", "features/teaching/ProgrammeScreen.vue"),
  route("room", "230 kB", "features/room/RoomScreen.vue"),
  route("replay", "330 kB", "features/replay/ReplayScreen.vue"),
];
