/** AF_CAN on a kernel that has it. */
import '../support/leaks.js'
import { describe } from 'node:test'
import { trials } from '../kernel/trials/can.js'
import { tryOption } from '../kernel/trials/try.js'

describe('options of CAN', () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})
