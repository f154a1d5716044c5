/** berkeley/programs: the functions behind the commands, for programs of your own. */

export { type ChatOptions, ChatServer, connectChat } from './chat.js'
export { type EchoMode, echoModes, echoPorts, serveEcho } from './echo.js'
export { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.js'
export type { Event, Report } from './report.js'
export { type ServeOptions, type Serving, serve } from './serve.js'
export type { Handlers, Service } from './service.js'
export type { Show, Talk, TalkEnd, Wire } from './talk.js'
export { queryTime, serveTime, type TimeAnswer, type TimeQuery, timeAnswer } from './time.js'
