/** Captures of either format: the first bytes tell which. */
import { DecodeError } from '../../data/errors.js'
import { checkInteger } from '../../data/integer.js'
import type { CapturedPacket, Chunks, ReadOptions } from './capture.js'
import { Feed } from './feed.js'
import { isPcap, readPcap } from './pcap.js'
import { isPcapng, readPcapng } from './pcapng.js'

/**
 * The packets of a capture, as they come: pcap or pcapng, in either byte order. The source is closed when the iteration ends.
 *
 * @throws DecodeError where the file is cut or makes no sense; what came before has been given by then.
 */
export async function* readCapture(
  chunks: Chunks,
  options: ReadOptions = {},
): AsyncGenerator<CapturedPacket, void, void> {
  for (const name of ['maxPacketLength', 'maxBlockLength'] as const)
    if (options[name] !== undefined) checkInteger(options[name], name, 1)
  const feed = new Feed(chunks)
  try {
    const start = await feed.peek(4, 'capture')
    if (isPcapng(start)) yield* readPcapng(feed, options)
    else if (isPcap(start) !== null) yield* readPcap(feed, options)
    else throw new DecodeError('ERR_MALFORMED', 'capture', 0)
  } finally {
    await feed.close()
  }
}
