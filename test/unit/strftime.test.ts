import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { ctime, strftime } from '#protocols/strftime.js'

const morning = '2024-02-09T08:05:07.999Z'
const evening = '2026-11-21T18:25:11Z'

const golden: readonly [zone: string, date: string, format: string, expected: string][] = [
  ['UTC', morning, '%Y-%m-%d %H:%M:%S %z %Z', '2024-02-09 08:05:07 +0000 UTC'],
  ['UTC', morning, '%a %A %b %B %h', 'Fri Friday Feb February Feb'],
  [
    'UTC',
    morning,
    '%c|%x|%X|%r|%R|%T|%D|%F',
    'Fri Feb  9 08:05:07 2024|02/09/24|08:05:07|08:05:07 AM|08:05|08:05:07|02/09/24|2024-02-09',
  ],
  ['UTC', morning, '%C %y %g %G %j %u %w %U %V %W', '20 24 24 2024 040 5 5 05 06 06'],
  ['UTC', morning, '%e|%k|%l|%I|%p|%P|%s|%n|%t|%%', ' 9| 8| 8|08|AM|am|1707465907|\n|\t|%'],
  ['UTC', evening, '%k|%l|%I|%p|%P', '18| 6|06|PM|pm'],
  ['UTC', '2000-01-01T00:00:00Z', '%I %l %p', '12 12 AM'],
  ['UTC', '1969-12-31T23:59:59.999Z', '%s %S', '-1 59'],
  // flags
  ['UTC', morning, '%_d|%-d|%0e|%-j|%_j|%_H|%-y', ' 9|9|09|40| 40| 8|24'],
  [
    'UTC',
    morning,
    '%^a|%#a|%^B|%#B|%^c|%#c',
    'FRI|FRI|FEBRUARY|FEBRUARY|FRI FEB  9 08:05:07 2024|Fri Feb  9 08:05:07 2024',
  ],
  ['UTC', morning, '%#p|%^P|%#Z|%^#Z|%^q|%#q', 'am|am|utc|utc|%^Q|%#q'],
  ['UTC', morning, '%_-d|%-_d|%0_d|%_0d', '9| 9| 9|09'],
  // widths
  [
    'UTC',
    morning,
    '%10Y|%_5d|%-5d|%010Y|%5a|%05a|%3%|%3n',
    '0000002024|    9|    9|0000002024|  Fri|00Fri|  %|  \n',
  ],
  ['UTC', morning, '%12F|%012F|%12s|%012s', '  2024-02-09|002024-02-09|  1707465907|001707465907'],
  [
    'Europe/Berlin',
    morning,
    '%z|%-z|%_z|%3z|%6z|%06z|%_6z',
    '+0100|+100|+ 100|  +0100|     +000100|00000+000100|     +   100',
  ],
  // modifiers
  ['UTC', morning, '%EY %Ey %Ec %Od %OB %5OS', '2024 24 Fri Feb  9 08:05:07 2024 09 February 00007'],
  ['UTC', morning, '%Ed %OY %OF %EEY %EOd %E %O', '%Ed %OY %OF %EEY %EOd %E %O'],
  // what is none
  ['UTC', morning, '%f %+ %v %+4Y %N %5d%', '%f %+ %v %+4Y %N 00009%'],
  ['UTC', morning, '%5q|%05q|%5%5d|%5é|%6😀|%^é', '  %5q|0%05q|    %5d|  %5é|   %6😀|%^é'],
  ['UTC', morning, 'a\0b%\0c', 'a\0b%\0c'],
  ['UTC', morning, '', ''],
  ['UTC', morning, 'æ %', 'æ %'],
  // years
  ['UTC', '0001-01-01T00:00:00Z', '%Y %C %y %F %G', '1 0 01 1-01-01 1'],
  ['UTC', '-000001-06-01T00:00:00Z', '%Y %C %y %6Y %_6Y', '-1 -1 99 -00001     -1'],
  ['UTC', '+012345-06-01T00:00:00Z', '%Y %C', '12345 123'],
  ['UTC', '-271821-04-20T00:00:00Z', '%F %j', '-271821-04-20 110'],
  ['UTC', '+275760-09-13T00:00:00Z', '%F %V', '275760-09-13 37'],
  ['UTC', '2021-01-03T00:00:00Z', '%G-W%V-%u %U %W', '2020-W53-7 01 00'],
  ['UTC', '2024-12-30T00:00:00Z', '%G-W%V-%u %U %W %j', '2025-W01-1 52 53 365'],
  // zones
  ['Europe/Berlin', '2026-07-01T12:00:00Z', '%H %z %Z', '14 +0200 CEST'],
  ['America/New_York', '1700-01-01T12:00:00Z', '%T %z %Z', '07:03:58 -0456 LMT'],
  ['America/Sao_Paulo', evening, '%z %Z', '-0300 -03'],
  ['Asia/Kolkata', evening, '%z %Z', '+0530 IST'],
  ['Asia/Colombo', evening, '%z %Z', '+0530 +0530'],
  ['Asia/Shanghai', evening, '%z %Z', '+0800 CST'],
  ['Australia/Lord_Howe', evening, '%z %Z', '+1100 +11'],
  ['Pacific/Chatham', evening, '%z %Z', '+1345 +1345'],
]

describe('strftime', () => {
  for (const [timeZone, date, format, expected] of golden) {
    it(`${JSON.stringify(format)} on ${date} in ${timeZone}`, () => {
      assert.equal(strftime(format, new Date(date), { timeZone }), expected)
    })
  }

  it('uses local time when no zone is given', () => {
    inLocalZone('Asia/Tokyo', () => {
      assert.equal(strftime('%F %T %z %Z', new Date(evening)), '2026-11-22 03:25:11 +0900 JST')
      assert.equal(ctime(new Date(evening)), 'Sun Nov 22 03:25:11 2026')
    })
  })

  it('refuses a result above the limit, before it is built', () => {
    const now = new Date(evening)
    assert.equal(strftime('%10d', now, { limit: 10 }), '0000000021')
    assert.equal(strftime('é', now, { limit: 2 }), 'é')
    assert.equal(strftime('%1048576d', now).length, 1048576)
    const refused = [
      ['%10d', 9],
      ['é', 1],
      ['%1048577d', undefined],
      ['%1048576d.', undefined],
      ['%999999999999999999999999d', undefined],
      [`%${'9'.repeat(1000)}s`, Infinity],
      ['%2147483648z', undefined],
      ['%1048576d'.repeat(1000), undefined],
      ['a', Number.NaN],
      ['a', -1],
    ] as const
    for (const [format, limit] of refused) {
      assert.throws(() => strftime(format, now, { limit }), RangeError, `${format.slice(0, 20)} ${limit}`)
    }
  })

  it('refuses an invalid date, an unknown zone, and a date that the zone moves out of range', () => {
    assert.throws(() => strftime('%Y', new Date(Number.NaN)), RangeError)
    assert.throws(() => ctime(new Date(Number.NaN)), RangeError)
    assert.throws(() => strftime('%Y', new Date(), { timeZone: 'Atlantis/Capital' }), RangeError)
    assert.throws(() => strftime('%Y', new Date(8.64e15), { timeZone: 'Asia/Tokyo' }), RangeError)
  })

  it('takes any format: nothing but RangeError is thrown, and the result is as long as the limit allows', () => {
    const token = fc.oneof(
      fc.constantFrom(
        '%',
        '%',
        '%',
        '_',
        '-',
        '0',
        '^',
        '#',
        '+',
        'E',
        'O',
        '9',
        '12',
        'é',
        '😀',
        '\ud83d',
        '\0',
      ),
      fc.constantFrom(...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const format = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(''))
    const zone = fc.constantFrom(undefined, 'UTC', 'UTC', 'Pacific/Chatham')
    fc.assert(
      fc.property(format, fc.date(), zone, fc.nat(300), (format, date, timeZone, limit) => {
        const attempt = (limit: number) => {
          try {
            return strftime(format, date, { timeZone, limit })
          } catch (error) {
            assert.ok(error instanceof RangeError, String(error))
            return undefined
          }
        }
        const result = attempt(limit)
        if (result === undefined) return
        const size = Buffer.byteLength(result)
        assert.ok(size <= limit)
        assert.equal(attempt(size), result)
        assert.equal(attempt(size - 1), undefined)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('ctime', () => {
  it('is what Python calls time.ctime()', () => {
    inLocalZone('UTC', () => {
      assert.equal(ctime(new Date('2026-11-21T06:25:11Z')), 'Sat Nov 21 06:25:11 2026')
      assert.equal(ctime(new Date('2026-11-01T06:25:11Z')), 'Sun Nov  1 06:25:11 2026')
      assert.equal(ctime(new Date('0099-01-02T00:00:00Z')), 'Fri Jan  2 00:00:00 99')
    })
  })
})

/** One question to both sides: these formats, at this time, in this zone. */
interface Question {
  readonly zone: string
  readonly epoch: number
  readonly formats: readonly string[]
}

const judgeSource = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Records of zone, epoch and format, each ended by a NUL; the answer is ended by one. */
int main(void) {
  static char out[1 << 20];
  char *zone = NULL, *epoch = NULL, *format = NULL;
  size_t a = 0, b = 0, c = 0;
#ifdef __GLIBC__
  printf("%d.%d", __GLIBC__, __GLIBC_MINOR__);
#endif
  putchar(0);
  while (getdelim(&zone, &a, 0, stdin) > 0 && getdelim(&epoch, &b, 0, stdin) > 0 && getdelim(&format, &c, 0, stdin) > 0) {
    time_t when = strtoll(epoch, NULL, 10);
    struct tm tm;
    setenv("TZ", zone, 1);
    tzset();
    if (localtime_r(&when, &tm) == NULL || (strftime(out, sizeof out, format, &tm) == 0 && *format != 0)) return 1;
    fputs(out, stdout);
    putchar(0);
  }
  return 0;
}
`

const zones = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
]
const day = 86400
const since1970 = (year: number, month: number, date: number) =>
  new Date(0).setUTCFullYear(year, month, date) / 1000
// Not since 1970: London's BST of that year is among what the docstring says is not exact.
const [firstTime, lastTime] = [since1970(1972, 0, 1), since1970(2100, 0, 1)]
const randomTime = (random: () => number) => Math.floor(firstTime + random() * (lastTime - firstTime))

// Formats are joined by a character that ends no directive, so that one call asks many and a mismatch names one.
const separator = '\x1f'
const joined = (question: Question) => question.formats.join(separator)

describe('strftime against glibc', () => {
  const directory = mkdtempSync(join(tmpdir(), 'berkeley-strftime-'))
  const program = join(directory, 'judge')
  let missing: string | undefined
  let version = ''

  before(() => {
    writeFileSync(`${program}.c`, judgeSource)
    const built = spawnSync('cc', ['-w', '-o', program, `${program}.c`], { encoding: 'utf8' })
    if (built.status !== 0) missing = `no judge, cc failed: ${built.error?.message ?? built.stderr}`
    else if (!existsSync('/usr/share/zoneinfo/Pacific/Chatham')) missing = 'no judge: no /usr/share/zoneinfo'
    else {
      version = execFileSync(program, { input: '', encoding: 'utf8' }).slice(0, -1)
      if (version === '') missing = 'no judge: the C library is not glibc'
    }
    if (missing !== undefined) console.error(`strftime.test: NOT compared with glibc: ${missing}`)
  })
  after(() => rmSync(directory, { recursive: true }))

  /** What glibc says; one answer a question. */
  function ask(questions: readonly Question[]): readonly string[] {
    const input = questions
      .map((question) => `${question.zone}\0${question.epoch}\0${joined(question)}\0`)
      .join('')
    const output = execFileSync(program, {
      input,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { LC_ALL: 'C' },
    })
    const answers = output.split('\0').slice(1, -1)
    assert.equal(answers.length, questions.length)
    return answers
  }

  /** The formats on which `answer` and glibc differ, and how many were compared. */
  function compare(questions: readonly Question[], answer: (question: Question) => string) {
    const expected = ask(questions)
    const mismatches: string[] = []
    let compared = 0
    for (const [index, question] of questions.entries()) {
      compared += question.formats.length
      const actual = answer(question)
      if (actual === expected[index]) continue
      const ours = actual.split(separator)
      const theirs = (expected[index] ?? '').split(separator)
      const at = theirs.findIndex((text, part) => text !== ours[part])
      const said = JSON.stringify([question.formats[at] ?? joined(question), ours[at], theirs[at]])
      mismatches.push(`${question.zone} ${question.epoch} [format, ours, glibc ${version}]: ${said}`)
    }
    return { mismatches, compared }
  }

  const byOption = ({ zone, epoch, formats }: Question) =>
    strftime(formats.join(separator), new Date(epoch * 1000), { timeZone: zone })

  function agree(
    t: { skip(reason: string): void; diagnostic(text: string): void },
    questions: readonly Question[],
  ) {
    if (missing !== undefined) return t.skip(missing)
    const { mismatches, compared } = compare(questions, byOption)
    assert.deepEqual(
      mismatches.slice(0, 20),
      [],
      `${mismatches.length} answers of ${questions.length} differ`,
    )
    // The same through the local zone, which takes another way.
    const local: string[] = []
    for (const zone of zones) {
      const own = questions.filter((question) => question.zone === zone)
      const said = inLocalZone(zone, () =>
        compare(own, ({ epoch, formats }) => strftime(formats.join(separator), new Date(epoch * 1000))),
      )
      local.push(...said.mismatches)
    }
    assert.deepEqual(local.slice(0, 20), [], `${local.length} local answers of ${questions.length} differ`)
    t.diagnostic(`${2 * compared} comparisons with glibc ${version}`)
  }

  const letters = ['', ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))]
  const flags = ['', '_', '-', '0', '^', '#', '+', '_0', '0_', '-_', '^#', '#^', '_^', '0#', '-^0']
  const widths = ['', '1', '2', '3', '5', '9', '14', '40']
  const modifiers = ['', 'E', 'O']
  const everyDirective = flags.flatMap((flag) =>
    widths.flatMap((width) =>
      modifiers.flatMap((modifier) => letters.map((letter) => `%${flag}${width}${modifier}${letter}`)),
    ),
  )

  it('every letter with every flag, width and modifier, at random times in every zone', (t) => {
    const random = generator(1)
    const questions: Question[] = []
    for (let round = 0; round < 3; round++) {
      const shuffled = everyDirective.map((format) => [random(), format] as const).sort(([a], [b]) => a - b)
      for (let start = 0; start < shuffled.length; start += 40) {
        questions.push({
          zone: zones[Math.floor(random() * zones.length)] ?? 'UTC',
          epoch: randomTime(random),
          formats: shuffled.slice(start, start + 40).map(([, format]) => format),
        })
      }
    }
    agree(t, questions)
  })

  it('week numbers and years around every New Year, and in years of every length', (t) => {
    const formats =
      '%a %j %U %W %V %G %g %u %w %C %y %Y %F %D %c %6C %_6C %6Y %_6Y %-Y %06G %-g %_y %012s'.split(' ')
    const years = Array.from({ length: 130 }, (_, index) => 1970 + index)
    const others = [
      -9999, -401, -101, -100, -99, -1, 0, 1, 4, 9, 10, 99, 100, 400, 999, 1000, 1582, 1752, 9999, 12345,
    ]
    const questions = [...years, ...others].flatMap((year) =>
      [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 58, 59, 60].map((days) => ({
        zone: 'UTC',
        epoch: since1970(year, 0, 1) + days * day + 43210,
        formats,
      })),
    )
    agree(t, questions)
  })

  it('the wall clock, the offset and the letters in every zone: since 1972, at both ends of summer, before 1800', (t) => {
    const random = generator(2)
    const formats = ['%c', '%z', '%Z', '%s', '%-z', '%_7z', '%#Z', '%k', '%l', '%j']
    const times = [1, 99, 999, 1799].map((year) => since1970(year, 5, 15) + 4321)
    for (let n = 0; n < 100; n++) times.push(randomTime(random))
    // Minutes around the hours in which the rules of 2026 change a clock somewhere in `zones`.
    for (const date of [
      '2026-03-08T07',
      '2026-03-29T01',
      '2026-04-04T14',
      '2026-04-04T15',
      '2026-10-25T01',
    ]) {
      for (const minutes of [-61, -31, -1, 0, 1, 29, 59])
        times.push(Date.parse(`${date}:00Z`) / 1000 + minutes * 60)
    }
    agree(
      t,
      zones.flatMap((zone) => times.map((epoch) => ({ zone, epoch, formats }))),
    )
  })

  it('formats of random characters', (t) => {
    const random = generator(3)
    const alphabet = [...'%%%%%%_-0^#+EO159aBcCdFgjkpPrsuVyYzZqf é😀\n.', '12']
    const pick = () => alphabet[Math.floor(random() * alphabet.length)] ?? ''
    const questions = Array.from({ length: 3000 }, () => ({
      zone: 'UTC',
      epoch: Math.floor((random() - 0.1) * 5e9),
      formats: [Array.from({ length: 1 + Math.floor(random() * 12) }, pick).join('')],
    }))
    // No width above four digits: the judge has a buffer of a mebibyte.
    agree(
      t,
      questions.filter(({ formats }) => !/\d{5}/.test(formats[0] ?? '')),
    )
  })

  it('the letters of every zone that both know, but those that the docstring names', (t) => {
    if (missing !== undefined) return t.skip(missing)
    const known = Intl.supportedValuesOf('timeZone').filter((zone) =>
      existsSync(`/usr/share/zoneinfo/${zone}`),
    )
    // Years that are over: the two copies of the tz database may differ on the years to come.
    const times = [2021, 2024].flatMap((year) => [since1970(year, 0, 15), since1970(year, 6, 15)])
    const questions = known.flatMap((zone) => times.map((epoch) => ({ zone, epoch, formats: ['%z', '%Z'] })))
    const { mismatches, compared } = compare(questions, byOption)
    const exceptions = /^Europe\/(Guernsey|Isle_of_Man|Jersey) .*\["%Z","\+01","BST"\]$/
    assert.deepEqual(
      mismatches.filter((line) => !exceptions.test(line)),
      [],
    )
    t.diagnostic(`${compared} comparisons with glibc ${version} in ${known.length} zones`)
  })

  it('notices a wrong answer', (t) => {
    if (missing !== undefined) return t.skip(missing)
    const questions = [-1, 0, 1, 2].map((days) => ({
      zone: 'Europe/Berlin',
      epoch: since1970(2023, 0, 1) + days * day,
      formats: ['%d', '%U', '%z'],
    }))
    assert.equal(compare(questions, byOption).mismatches.length, 0)
    // Wrong letters, a wrong zone, a wrong second: each is found.
    const swapped = compare(questions, (q) => byOption({ ...q, formats: ['%d', '%W', '%z'] }))
    assert.ok(swapped.mismatches.some((line) => line.includes('"%U"')))
    assert.equal(compare(questions, (q) => byOption({ ...q, zone: 'UTC' })).mismatches.length, 4)
    assert.equal(compare(questions, (q) => `${byOption(q)} `).mismatches.length, 4)
  })
})

/** Runs `body` with the process's local zone set, and sets it back. */
function inLocalZone<T>(zone: string, body: () => T): T {
  const before = process.env.TZ
  process.env.TZ = zone
  try {
    return body()
  } finally {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
