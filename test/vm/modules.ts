/**
 * The kernel modules that a test in this folder needs, by its file's name. Some families load theirs by themselves when
 * a socket is made, but Debian's kernel not those of TIPC and RDS; what is named here is there from the start.
 */
export const modules: Readonly<Record<string, readonly string[]>> = {
  can: ['vcan', 'can_raw', 'can_bcm', 'can_isotp', 'can_j1939'],
  esp: ['esp4', 'xfrm_user'],
  isotp: ['vcan', 'can_raw', 'can_isotp'],
  j1939: ['vcan', 'can_raw', 'can_j1939'],
  qipcrtr: ['qrtr'],
  rds: ['rds', 'rds_tcp'],
  tipc: ['tipc'],
  tls: ['tls'],
  txtime: ['sch_etf', 'sch_fq'],
  vsock: ['vsock_loopback'],
}
