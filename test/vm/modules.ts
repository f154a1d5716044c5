/**
 * The kernel modules that a test in this folder needs, by its file's name. Many families load theirs by themselves when a
 * socket is made, but in Debian's kernel those of TIPC, RDS, DCCP and amateur radio do not; what is named here is there
 * from the start.
 */
export const modules: Readonly<Record<string, readonly string[]>> = {
  can: ['vcan', 'can_raw', 'can_bcm', 'can_isotp', 'can_j1939'],
  esp: ['esp4', 'xfrm_user'],
  families: ['ax25', 'dccp_ipv4', 'dccp_ipv6', 'ieee802154_socket', 'netrom', 'rds', 'rose', 'tipc'],
  isotp: ['vcan', 'can_raw', 'can_isotp'],
  j1939: ['vcan', 'can_raw', 'can_j1939'],
  qipcrtr: ['qrtr'],
  rds: ['rds', 'rds_tcp'],
  tipc: ['tipc'],
  tls: ['tls'],
  txtime: ['sch_etf', 'sch_fq'],
  unknown: ['ieee802154_socket', 'mac802154_hwsim'],
  vsock: ['vsock_loopback'],
}
