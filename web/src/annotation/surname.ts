/** Chinese family names of two characters that are in use; all others have one. */
const TWO_CHARACTER = new Set([
  "欧阳",
  "上官",
  "司马",
  "诸葛",
  "司徒",
  "夏侯",
  "尉迟",
  "皇甫",
  "公孙",
  "慕容",
  "令狐",
  "宇文",
  "长孙",
  "东方",
  "独孤",
  "端木",
  "南宫",
  "申屠",
  "轩辕",
  "闻人",
  "呼延",
  "赫连",
  "澹台",
  "钟离",
]);

const HAN = /^\p{Script=Han}/u;

/**
 * The short name beside a mark. A Han name gives its family name, a name with `·` its first part,
 * any other its first word (surname first, UX 7).
 */
export function surnameOf(name: string): string {
  const trimmed = name.trim();
  if (/[·•]/u.test(trimmed)) return trimmed.split(/[·•]/u)[0] ?? trimmed;
  if (!HAN.test(trimmed)) return trimmed.split(/\s+/u)[0] ?? trimmed;
  const characters = Array.from(trimmed);
  const two = characters.slice(0, 2).join("");
  return characters.length > 2 && TWO_CHARACTER.has(two) ? two : (characters[0] ?? "");
}
