/** What a capture is made of, whichever format it is in. */

/** An interface that packets were caught on. Packets of one interface have the same object. */
export interface CaptureInterface {
  /** What packets begin with: a LINKTYPE_ number. */
  readonly linkType: number
  /** How many bytes of a packet are kept; 0 when there is no bound. */
  readonly snapLength: number
  /** The interface's name; pcapng only, like all below. */
  readonly name?: string
  readonly description?: string
  /** What was asked for, in the language of capture filters. */
  readonly filter?: string
  /** The system that it was caught on. */
  readonly os?: string
}

/** A packet of a capture. */
export interface CapturedPacket {
  /** Nanoseconds since 1970, UTC; null where the file has none. */
  readonly timestamp: bigint | null
  /** As much of the packet as was kept. The bytes are the caller's. */
  readonly bytes: Uint8Array
  /** How long the packet was on the wire, in bytes. */
  readonly originalLength: number
  readonly interface: CaptureInterface
  /** What somebody noted about it; pcapng only. */
  readonly comment?: string
}

/** A file in pieces, as they come: from a stream, a socket, or an array. They are not to be overwritten later. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Packets to write: `originalLength` is the bytes' when left out. */
export interface GivenPacket {
  readonly timestamp: bigint | null
  readonly bytes: Uint8Array
  readonly originalLength?: number | undefined
  readonly interface?: CaptureInterface | undefined
  readonly comment?: string | undefined
}

/** Bounds for what is read, so that a broken file cannot ask for any amount of memory. */
export interface ReadOptions {
  /** The longest packet, in bytes: 262144 when left out, as tcpdump and Wireshark have it. */
  readonly maxPacketLength?: number
  /** The longest block of a pcapng file that is read, in bytes: 16 MiB when left out. */
  readonly maxBlockLength?: number
}
