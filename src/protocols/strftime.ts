/**
 * strftime(3) and ctime(3) as glibc 2.36 has them in the C locale, widths and flag characters included. What glibc
 * leaves to the time zone database comes from `Intl`, which knows every offset but not every zone's letters.
 */

/** How to format: where, and how much at most. */
export interface StrftimeOptions {
  /** An IANA name (`'Europe/Berlin'`) or `'UTC'`; the process's local time without one. */
  readonly timeZone?: string | undefined
  /** The most bytes of UTF-8 that the result may have; 1 MiB if not given. */
  readonly limit?: number | undefined
}

/**
 * Formats a date, as strftime(3): `strftime('%d/%b/%Y:%H:%M:%S %z', new Date())`.
 *
 * A directive is `%`, flags (`_` pads with spaces, `0` with zeros, `-` drops the usual padding, `^` makes upper case,
 * `#` swaps case), a least width in bytes, the modifier `E` or `O`, and a letter. What glibc does not know (`%f`, `%+`,
 * `%Ed`, a lone `%`) is copied as it stands. Milliseconds are cut off, never rounded.
 *
 * Not exact are `%Z` and the zone data. `%Z` gives the tz database's letters (`CET`, `+0530`) for all zones of today but
 * a few: `Europe/Guernsey`, `Jersey` and `Isle_of_Man` are `+01` in summer, and `GMT` as a zone may be called `UTC`.
 * Older dates may get digits where there were letters (`YST`, London's `BST` of 1970), today's letters where others or
 * none were in use (`EST` for `EWT`, `WET` in Morocco), and `LMT` wherever the offset has odd seconds (`PMT`). An offset
 * is that of Node's own copy of the tz database, not the system's, and Node takes no POSIX rules
 * (`CET-1CEST,M3.5.0,M10.5.0`) from the variable TZ. A NUL in the format is a character as any other: it does not end it.
 *
 * `%Z`, and a `timeZone` other than `'UTC'`, are slow: about 0.1 ms each.
 *
 * @throws RangeError when the result would pass `limit`, before it is built; for an invalid date; for an unknown zone.
 */
export function strftime(format: string, date: Date, options: StrftimeOptions = {}): string {
  return render(format, momentOf(date, options.timeZone), options.limit ?? 2 ** 20)
}

/**
 * The local date and time as ctime(3) writes it, without the newline: `'Sat Nov 21 06:25:11 2026'`.
 *
 * @throws RangeError for an invalid date.
 */
export function ctime(date: Date): string {
  return strftime('%c', date)
}

type Moment = ReturnType<typeof momentOf>

interface Directive {
  /** The modifiers that glibc takes for a mistake before this letter. */
  readonly refuses?: string
  /** The flags that make upper case of such a mistake, which is copied; `^` if not given. */
  readonly copiedUpper?: string
}

/** Text: padded with spaces to the width. `upper` and `lower` are the flags that change its case; lower case wins. */
interface Text extends Directive {
  readonly text: (moment: Moment) => string
  readonly upper?: string
  readonly lower?: string
}

/** A number: padded with `pad` (`0` if not given) to `digits`, or to the width. `sign` is a field of its own before it. */
interface Numeral extends Directive {
  readonly number: (moment: Moment) => number
  readonly digits: number
  readonly pad?: '_'
  readonly sign?: (moment: Moment) => string
}

const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'
const months = 'January February March April May June July August September October November December'
const dayName = (t: Moment) => days.split(' ')[t.weekday] as string
const monthName = (t: Moment) => months.split(' ')[t.month] as string
const hour12 = (t: Moment) => t.hour % 12 || 12
const lastTwo = (year: number) => ((year % 100) + 100) % 100
const meridiem = (t: Moment) => (t.hour < 12 ? 'AM' : 'PM')
const shortMonth: Text = {
  text: (t) => monthName(t).slice(0, 3),
  upper: '^#',
  refuses: 'E',
  copiedUpper: '^#',
}
const shorthand = (format: string) => (t: Moment) => render(format, t, Infinity)

const directives: Readonly<Record<string, Text | Numeral>> = {
  '%': { text: () => '%' },
  a: { text: (t) => dayName(t).slice(0, 3), upper: '^#', refuses: 'EO' },
  A: { text: dayName, upper: '^#', refuses: 'EO' },
  b: shortMonth,
  B: { text: monthName, upper: '^#', refuses: 'E' },
  c: { text: shorthand('%a %b %e %H:%M:%S %Y'), upper: '^', refuses: 'O' },
  C: { number: (t) => Math.floor(t.year / 100), digits: 1 },
  d: { number: (t) => t.day, digits: 2, refuses: 'E' },
  D: { text: shorthand('%m/%d/%y'), refuses: 'EO' },
  e: { number: (t) => t.day, digits: 2, pad: '_', refuses: 'E' },
  F: { text: shorthand('%Y-%m-%d'), refuses: 'EO' },
  g: { number: (t) => lastTwo(isoWeek(t).year), digits: 2, refuses: 'E' },
  G: { number: (t) => isoWeek(t).year, digits: 1, refuses: 'E' },
  h: shortMonth,
  H: { number: (t) => t.hour, digits: 2, refuses: 'E' },
  I: { number: hour12, digits: 2, refuses: 'E' },
  j: { number: (t) => t.yearDay + 1, digits: 3, refuses: 'E' },
  k: { number: (t) => t.hour, digits: 2, pad: '_', refuses: 'E' },
  l: { number: hour12, digits: 2, pad: '_', refuses: 'E' },
  m: { number: (t) => t.month + 1, digits: 2, refuses: 'E' },
  M: { number: (t) => t.minute, digits: 2, refuses: 'E' },
  n: { text: () => '\n' },
  p: { text: meridiem, upper: '^', lower: '#' },
  P: { text: (t) => meridiem(t).toLowerCase() },
  r: { text: shorthand('%I:%M:%S %p') },
  R: { text: shorthand('%H:%M') },
  // Text, not a number: glibc pads it with spaces, and %09s of -5 is 0000000-5.
  s: { text: (t) => String(t.epoch) },
  S: { number: (t) => t.second, digits: 2, refuses: 'E' },
  t: { text: () => '\t' },
  T: { text: shorthand('%H:%M:%S') },
  u: { number: (t) => t.weekday || 7, digits: 1 },
  U: { number: (t) => weekOfYear(t, t.weekday), digits: 2, refuses: 'E' },
  V: { number: (t) => isoWeek(t).week, digits: 2, refuses: 'E' },
  w: { number: (t) => t.weekday, digits: 1, refuses: 'E' },
  W: { number: (t) => weekOfYear(t, sinceMonday(t)), digits: 2, refuses: 'E' },
  x: { text: shorthand('%m/%d/%y'), refuses: 'O' },
  X: { text: shorthand('%H:%M:%S'), refuses: 'O' },
  y: { number: (t) => lastTwo(t.year), digits: 2 },
  Y: { number: (t) => t.year, digits: 1, refuses: 'O' },
  z: { number: (t) => hhmm(t.offset), digits: 4, sign: (t) => (t.offset < 0 ? '-' : '+') },
  Z: { text: (t) => (t.letters ??= abbreviation(t)), upper: '^', lower: '#' },
}

const utf8 = new TextEncoder()

// Every part may be missing, so that this matches at each % and never looks back. The letter may be any character.
const directive = /%([_0^#-]*)(\d*)([EO]?)(.?)/gsu

function render(format: string, moment: Moment, limit: number): string {
  let result = ''
  let size = 0
  const add = (text: string, count = 0, fill = '') => {
    size += utf8.encode(text).length + count
    // Written so that a limit of NaN lets nothing through.
    if (!(size <= limit)) throw new RangeError(`strftime: the result would pass ${limit} bytes`)
    result += fill.repeat(count) + text
  }

  let end = 0
  for (const match of format.matchAll(directive)) {
    const [all, flags = '', digits, modifier = '', letter = ''] = match
    add(format.slice(end, match.index))
    end = match.index + all.length

    const width = Number(digits)
    const pad = flags.replace(/[\^#]/g, '').at(-1)
    const has = (wanted = '') => [...wanted].some((flag) => flags.includes(flag))
    const addText = (text: string, least: number) =>
      add(text, Math.max(0, least - text.length), pad === '0' ? '0' : ' ')

    const found = directives[letter]
    if (found === undefined || (modifier !== '' && found.refuses?.includes(modifier))) {
      // To glibc a character beyond ASCII is its first byte here, and the rest of it ordinary text.
      const beyond = letter.length > 1 ? 1 : 0
      addText(has(found?.copiedUpper ?? '^') ? upperCase(all) : all, width + beyond)
    } else if ('text' in found) {
      const text = found.text(moment)
      addText(has(found.lower) ? text.toLowerCase() : has(found.upper) ? text.toUpperCase() : text, width)
    } else {
      // The width applies to the sign of %z and again to its digits: %6z is "     +000100".
      if (found.sign !== undefined) addText(found.sign(moment), width)
      const number = found.number(moment)
      const least = Math.max(width, pad === '-' ? 0 : found.digits)
      if ((pad ?? found.pad ?? '0') !== '0') addText(String(number), least)
      else {
        const minus = number < 0 ? '-' : ''
        const text = String(Math.abs(number))
        add(minus)
        add(text, Math.max(0, least - minus.length - text.length), '0')
      }
    }
  }
  add(format.slice(end))
  return result
}

// ASCII only, as toupper(3) in the C locale.
const upperCase = (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())

const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const daysIn = (year: number) => (isLeap(year) ? 366 : 365)

/** C's `struct tm`, but with the year in full: `month`, `weekday` (Sunday) and `yearDay` begin at 0. */
function momentOf(date: Date, timeZone: string | undefined) {
  const epoch = Math.floor(date.getTime() / 1000)
  if (Number.isNaN(epoch)) throw new RangeError('strftime: invalid date')
  const offset = offsetOf(date, timeZone)
  const wall = new Date((epoch + offset) * 1000)
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()]
  if (Number.isNaN(year)) throw new RangeError('strftime: the local date is out of range')
  const yearDay = (daysBefore[month] as number) + day - 1 + (month > 1 && isLeap(year) ? 1 : 0)
  const [hour, minute, second] = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()]
  return {
    date,
    timeZone,
    epoch,
    offset,
    year,
    month,
    day,
    weekday: wall.getUTCDay(),
    yearDay,
    hour,
    minute,
    second,
    /** %Z once it has been asked for: each asking costs a formatter. */
    letters: undefined as string | undefined,
  }
}

const sinceMonday = (t: Moment) => (t.weekday + 6) % 7

/** Weeks begin on the day that `sinceFirst` counts from; the days before the year's first such day are week 0. */
function weekOfYear(t: Moment, sinceFirst: number): number {
  return Math.floor((t.yearDay + 7 - sinceFirst) / 7)
}

/** ISO 8601: a week belongs to the year that its Thursday is in. */
function isoWeek(t: Moment): { readonly year: number; readonly week: number } {
  let year = t.year
  let thursday = t.yearDay + 3 - sinceMonday(t)
  if (thursday < 0) {
    year -= 1
    thursday += daysIn(year)
  } else if (thursday >= daysIn(year)) {
    thursday -= daysIn(year)
    year += 1
  }
  return { year, week: Math.floor(thursday / 7) + 1 }
}

/** 5400 seconds, either sign, are 130. Seconds are cut off. */
function hhmm(offset: number): number {
  const minutes = Math.floor(Math.abs(offset) / 60)
  return Math.floor(minutes / 60) * 100 + (minutes % 60)
}

/** Seconds east of UTC. */
function offsetOf(date: Date, timeZone: string | undefined): number {
  if (timeZone === 'UTC') return 0
  if (timeZone === undefined) {
    // getTimezoneOffset has no seconds, which offsets had before standard time; the getters have them.
    const wall = new Date(0)
    wall.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate())
    wall.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds())
    return wall.getTime() / 1000 - Math.floor(date.getTime() / 1000)
  }
  const { name } = zoneName(date, timeZone, 'longOffset')
  const [, sign, hours, minutes, seconds] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? []
  const offset = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  return sign === '-' ? -offset : offset
}

/** The name of a zone as Americans write it, and the zone's own IANA name. */
function zoneName(date: Date, timeZone: string | undefined, timeZoneName: 'long' | 'longOffset') {
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName })
  const part = formatter.formatToParts(date).find(({ type }) => type === 'timeZoneName')
  return { name: part?.value ?? '', zone: formatter.resolvedOptions().timeZone }
}

function abbreviation(t: Moment): string {
  if (t.offset % 60 !== 0) return 'LMT'
  const { name, zone } = zoneName(t.date, t.timeZone, 'long')
  const [, place = '', season] = /^(.*?)(?: (Standard|Daylight|Summer))? Time$/.exec(name) ?? []
  const [standard, summer] = withoutLetters.has(zone) ? [] : (zoneLetters[place] ?? [])
  const letters = season === undefined || season === 'Standard' ? standard : summer
  if (letters !== undefined) return letters
  const digits = String(hhmm(t.offset)).padStart(4, '0')
  return (t.offset < 0 ? '-' : '+') + (digits.endsWith('00') ? digits.slice(0, 2) : digits)
}

// Zones that the tz database gives digits, though Intl's name for their time is one of those below.
const withoutLetters = new Set(['Antarctica/Casey', 'Antarctica/Troll', 'Asia/Colombo', 'Europe/Minsk'])

// Intl's short names depend on the locale ("GMT+1" to Americans); its long names do not, so these are found by them.
const zoneLetters: Readonly<Record<string, readonly [standard: string, summer?: string]>> = {
  Alaska: ['AKST', 'AKDT'],
  'American Samoa': ['SST'],
  Atlantic: ['AST', 'ADT'],
  'Australian Central': ['ACST', 'ACDT'],
  'Australian Eastern': ['AEST', 'AEDT'],
  'Australian Western': ['AWST', 'AWDT'],
  British: ['BST', 'BST'],
  Central: ['CST', 'CDT'],
  'Central Africa': ['CAT'],
  'Central European': ['CET', 'CEST'],
  'Central Indonesia': ['WITA'],
  Chamorro: ['ChST'],
  China: ['CST', 'CDT'],
  'Coordinated Universal': ['UTC'],
  Cuba: ['CST', 'CDT'],
  'East Africa': ['EAT'],
  Eastern: ['EST', 'EDT'],
  'Eastern European': ['EET', 'EEST'],
  'Eastern Indonesia': ['WIT'],
  'Greenwich Mean': ['GMT'],
  'Hawaii-Aleutian': ['HST', 'HDT'],
  'Hong Kong': ['HKT', 'HKST'],
  India: ['IST'],
  Irish: ['IST'],
  Israel: ['IST', 'IDT'],
  Japan: ['JST', 'JDT'],
  Korean: ['KST', 'KDT'],
  Macao: ['CST', 'CDT'],
  'Mexican Pacific': ['MST', 'MDT'],
  Moscow: ['MSK', 'MSD'],
  Mountain: ['MST', 'MDT'],
  'New Zealand': ['NZST', 'NZDT'],
  Newfoundland: ['NST', 'NDT'],
  Pacific: ['PST', 'PDT'],
  Pakistan: ['PKT', 'PKST'],
  Philippine: ['PST', 'PDT'],
  'South Africa': ['SAST'],
  Taipei: ['CST', 'CDT'],
  Taiwan: ['CST', 'CDT'],
  Volgograd: ['MSK', 'MSD'],
  'West Africa': ['WAT'],
  'Western European': ['WET', 'WEST'],
  'Western Indonesia': ['WIB'],
  Yukon: ['MST'],
}
