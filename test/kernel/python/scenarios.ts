/** All scenarios, by theme. */
import { arguments_ } from './arguments.js'
import { binding } from './binding.js'
import { closing } from './closing.js'
import { comfort } from './comfort.js'
import { connecting } from './connecting.js'
import { control } from './control.js'
import { datagrams } from './datagrams.js'
import { descriptors } from './descriptors.js'
import { ending } from './ending.js'
import { files } from './files.js'
import { flags } from './flags.js'
import { opening } from './opening.js'
import { options } from './options.js'
import type { Scenario } from './steps.js'
import { transfer } from './transfer.js'
import { urgent } from './urgent.js'
import { waiting } from './waiting.js'

export const themes: Readonly<Record<string, readonly Scenario[]>> = {
  opening,
  arguments: arguments_,
  binding,
  connecting,
  transfer,
  datagrams,
  flags,
  urgent,
  waiting,
  files,
  ending,
  closing,
  control,
  descriptors,
  options,
  comfort,
}
