/** berkeley/programs: the functions behind the commands, for programs of your own. */

export { type ChatOptions, ChatServer, connectChat } from './chat.js'
export { type EchoMode, echoModes, echoPorts, serveEcho } from './echo.js'
export {
  type Endpoint,
  formatEndpoint,
  type IpFamily,
  parseEndpoint,
  parseSource,
  type Source,
} from './endpoint.js'
export { type FamiliesSummary, listFamilies } from './families.js'
export {
  type ConnectOptions,
  connectTo,
  type ListenOptions,
  listenOn,
  type NetcatOptions,
  type NetcatSummary,
  type Output,
} from './netcat.js'
export type { Event, Report } from './report.js'
export { type ServeOptions, type Serving, serve } from './serve.js'
export type { Handlers, Service } from './service.js'
export type { Direction, Piece } from './session.js'
export type { Show, Talk, TalkEnd, Wire } from './talk.js'
export { queryTime, serveTime, type TimeAnswer, type TimeQuery, timeAnswer } from './time.js'
