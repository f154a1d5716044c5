/** berkeley/pcap: captures, read and written as they come. Pure: it runs in a browser as well. */

export { DecodeError } from '../../data/errors.js'
export type { CapturedPacket, CaptureInterface, Chunks, GivenPacket, ReadOptions } from './capture.js'
export { type PcapOptions, writePcap } from './pcap.js'
export { readCapture } from './read.js'
export { type PcapngOptions, writePcapng } from './write.js'
