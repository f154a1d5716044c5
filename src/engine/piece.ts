/** Buffers that are parts of some memory, made as fast as the host can. */

type Maker = new (memory: ArrayBuffer, offset: number, length: number) => Buffer

// Node's own class behind Buffer.from, which takes twice as long. Other hosts have none, or one that warns.
const { [Symbol.species]: Piece } = Buffer as unknown as { [Symbol.species]?: Maker }

export const piece: (memory: ArrayBuffer, offset: number, length: number) => Buffer =
  Piece === undefined || (Piece as unknown) === Buffer
    ? (memory, offset, length) => Buffer.from(memory, offset, length)
    : (memory, offset, length) => new Piece(memory, offset, length)
