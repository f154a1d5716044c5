/** SOL_MPTCP, and IPPROTO_UDPLITE. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { type AnySocket, type Own, refuses, type Trial, tried } from './trial.js'

const missing = { missing: [['EPROTONOSUPPORT', 'ENOPROTOOPT', 'EOPNOTSUPP'], 'multipath TCP'] } as const
const noLite = { missing: [['EPROTONOSUPPORT'], 'UDP-Lite'] } as const

/** On both ends of a connection that has carried eleven bytes. */
const between = (act: (client: AnySocket, server: AnySocket) => void): Trial =>
  tried(
    'mptcp',
    async (listener, own: Own) => {
      listener.bind({ host: '127.0.0.1', port: 0 })
      listener.listen()
      const client = own(b.socket(b.AF_INET, b.SOCK_STREAM, b.IPPROTO_MPTCP)) as AnySocket
      await client.connect(listener.getsockname())
      const server = own((await listener.accept())[0]) as AnySocket
      await client.send('eleven long')
      assert.equal((await server.recv(100)).length, 11)
      act(client, server)
    },
    missing,
  )

const coverage = (row: b.Option<number>): Trial =>
  tried(
    'udplite',
    (made) => {
      assert.equal(made.getsockopt(row), 0)
      made.setsockopt(row, 20)
      assert.equal(made.getsockopt(row), 20)
      // Less than the header makes no sense, and the kernel mends it.
      made.setsockopt(row, 3)
      assert.equal(made.getsockopt(row), 8)
    },
    noLite,
  )

export const trials: Readonly<Record<string, Trial>> = {
  MPTCP_INFO: between((client, server) => {
    const info = server.getsockopt(b.MPTCP_INFO)
    assert.equal(info.flags & b.MPTCP_INFO_FLAG_FALLBACK, 0)
    assert.equal(info.flags & b.MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED, b.MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED)
    // What one end has written the other has received.
    assert.equal(client.getsockopt(b.MPTCP_INFO).writeSeq, info.rcvNxt)
    refuses(() => client.setsockopt(b.SOL_MPTCP, b.MPTCP_INFO, 1), 'ENOPROTOOPT')
  }),
  MPTCP_TCPINFO: between((client) => {
    const [first, ...others] = client.getsockopt(b.MPTCP_TCPINFO)
    assert.deepEqual(others, [])
    assert.equal(first?.state, b.TCP_ESTABLISHED)
    assert.ok((first?.bytesSent ?? 0) >= 11)
  }),
  MPTCP_SUBFLOW_ADDRS: between((client) => {
    assert.deepEqual(client.getsockopt(b.MPTCP_SUBFLOW_ADDRS), [
      { local: client.getsockname(), remote: client.getpeername() },
    ])
  }),
  MPTCP_FULL_INFO: between((client) => {
    const { numSubflows, mptcpInfo } = client.getsockopt(b.MPTCP_FULL_INFO)
    assert.equal(numSubflows, 1)
    assert.equal(mptcpInfo.token, client.getsockopt(b.MPTCP_INFO).token)
  }),
  UDPLITE_SEND_CSCOV: coverage(b.UDPLITE_SEND_CSCOV),
  UDPLITE_RECV_CSCOV: coverage(b.UDPLITE_RECV_CSCOV),
}
