/** Numbers and dates as the reader's language writes them, rounded to what is known. */
import type { Five, Num, Three } from "./view";
import { language, t } from "./words";

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${language()}${JSON.stringify(options)}`;
  let format = cache.get(key) as Intl.NumberFormat | undefined;
  if (!format) cache.set(key, (format = new Intl.NumberFormat(language(), options)));
  return format;
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${language()}${JSON.stringify(options)}`;
  let format = cache.get(key) as Intl.DateTimeFormat | undefined;
  const tag = language() === "en" ? "en-GB" : language();
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(tag, options)));
  return format;
}

/** The unit to which a number is known: a tenth of its 80 % interval, as a power of ten. */
function unit(low: number, high: number): number {
  const width = Math.abs(high - low);
  if (!(width > 0)) return 0;
  return 10 ** Math.floor(Math.log10(width / 10));
}

function toUnit(value: number, step: number): string {
  if (step >= 1) {
    return numbers({ maximumFractionDigits: 0 }).format(Math.round(value / step) * step);
  }
  const digits = step > 0 ? Math.min(2, -Math.round(Math.log10(step))) : 2;
  if (step === 0) return numbers({ maximumSignificantDigits: 3 }).format(value);
  return numbers({ maximumFractionDigits: digits }).format(value);
}

/** One number, to three digits at most: two below a hundred. */
export function count(value: Num): string {
  if (value === null) return t("few");
  if (Number.isNaN(value)) return t("unknown");
  return numbers({ maximumSignificantDigits: Math.abs(value) < 100 ? 2 : 3 }).format(value);
}

/** A number in a few characters, for labels on the map and on axes. */
export function short(value: number): string {
  return numbers({ notation: "compact", maximumSignificantDigits: 2 }).format(value);
}

export function signed(value: Num): string {
  if (value === null) return t("few");
  return numbers({ maximumSignificantDigits: 2, signDisplay: "exceptZero" }).format(value);
}

/** An axis tick, to a few characters where it is long. */
export function tick(value: number): string {
  return Math.abs(value) >= 10000 ? short(value) : numbers({}).format(value);
}

export function hours(value: Num): string {
  if (value === null || Number.isNaN(value)) return t("unknown");
  return t("hours", { n: numbers({ maximumSignificantDigits: 2 }).format(value) });
}

/** Median and 80 % interval, rounded to what the interval says is known. */
export function estimate(values: Five | Three, sign = false): { middle: string; range: string } {
  const low = values[0];
  const middle = values.length === 5 ? values[2] : values[1];
  const high = values.length === 5 ? values[4] : values[2];
  const step = unit(low ?? 0, high ?? 0);
  const plain = (value: Num): string => (value === null ? t("few") : toUnit(value, step));
  const shown = (value: Num): string =>
    sign && value !== null && Math.round(value / (step || 1)) > 0 ? `+${plain(value)}` : plain(value);
  return { middle: shown(middle), range: `${shown(low)}–${shown(high)}` };
}

/** "185,000 (112,000–285,000)". */
export function interval(values: Five | Three, sign = false): string {
  const { middle, range } = estimate(values, sign);
  return `${middle} (${range})`;
}

/** Midnight UTC of a day written YYYY-MM-DD, in milliseconds. */
export function midnight(day: string): number {
  return Date.parse(`${day.slice(0, 10)}T00:00Z`);
}

export const DAY = 86_400_000;

/** "24 Sept 2022". */
export function day(text: string): string {
  const when = midnight(text);
  if (Number.isNaN(when)) return text;
  return dates({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(when);
}

/** "24 Sept". */
export function shortDay(text: string | number): string {
  const when = typeof text === "number" ? text : midnight(text);
  return dates({ day: "numeric", month: "short", timeZone: "UTC" }).format(when);
}

/** "Sat 24 Sept 2022, 09:00", in the scenario's zone. */
export function moment(text: string, zone: string): string {
  return dates({
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: zone,
  }).format(Date.parse(text));
}

/** The local day, YYYY-MM-DD, of a UTC time in a zone. */
export function localDay(text: string, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(Date.parse(text));
}

const regions = new Map<string, Intl.DisplayNames>();
/** A country in the reader's language. */
export function countryName(iso2: string | null, otherwise: string): string {
  if (!iso2) return otherwise;
  let names = regions.get(language());
  if (!names) regions.set(language(), (names = new Intl.DisplayNames(language(), { type: "region" })));
  try {
    return names.of(iso2) ?? otherwise;
  } catch {
    return otherwise;
  }
}
