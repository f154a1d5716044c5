/** Start-up: `module=…` is imported, and that is all. */
const named = process.argv[2]?.replace(/^module=/, '') ?? ''
await import(named === 'berkeley' ? (process.env.BERKELEY_BENCH ?? named) : named)

export {}
