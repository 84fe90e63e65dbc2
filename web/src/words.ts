/** The words of the interface in six languages; what a scenario calls its places stays as it is. */
import ar from "./words/ar.json";
import en from "./words/en.json";
import es from "./words/es.json";
import fr from "./words/fr.json";
import ru from "./words/ru.json";
import uk from "./words/uk.json";

export type Key = keyof typeof en;
type Words = Record<Key, string>;

export const LANGUAGES = { en, fr, es, ru, uk, ar } satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;

/** What each language calls itself. */
export const OWN_NAMES: Record<Language, string> = {
  en: "English",
  fr: "Français",
  es: "Español",
  ru: "Русский",
  uk: "Українська",
  ar: "العربية",
};

let current: Language = "en";

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGES, text);
}

/** The first language that the reader asks for and the page has. */
export function preferred(asked: readonly string[]): Language {
  for (const tag of asked) {
    const short = tag.slice(0, 2).toLowerCase();
    if (isLanguage(short)) return short;
  }
  return "en";
}

/** Set the language of the page, and the direction in which it is read. */
export function speak(language: Language): void {
  current = language;
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
}

export function language(): Language {
  return current;
}

export function rightToLeft(): boolean {
  return current === "ar";
}

/** A name that may run the other way, kept from mixing with the words around it. */
export function isolated(value: string | number): string {
  return rightToLeft() && typeof value === "string" && /\p{L}/u.test(value) ? `\u2068${value}\u2069` : String(value);
}

/** The words under `key`, with `{name}` replaced by what is given for it. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const words: Words = LANGUAGES[current];
  return words[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? isolated(values[name] ?? "") : whole,
  );
}

/** The words under a key that comes from the data, or `otherwise` where the page has none. */
export function known(key: string, otherwise: string): string {
  return Object.hasOwn(en, key) ? t(key as Key) : otherwise;
}
