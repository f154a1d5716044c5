/* A one-to-many server that says what comes, by the headers' own structs: prints its port, then a line for each thing. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/sctp.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int s = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
  struct sockaddr_in own = { .sin_family = AF_INET };
  socklen_t length = sizeof own;
  inet_pton(AF_INET, argv[1], &own.sin_addr);
  struct sctp_initmsg init = { .sinit_num_ostreams = 8, .sinit_max_instreams = 20 };
  struct sctp_event_subscribe events = { .sctp_data_io_event = 1, .sctp_association_event = 1, .sctp_shutdown_event = 1,
    .sctp_adaptation_layer_event = 1 };
  if (s < 0 || setsockopt(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init) < 0 ||
      setsockopt(s, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof events) < 0 ||
      bind(s, (struct sockaddr *)&own, sizeof own) < 0 || listen(s, 5) < 0 ||
      getsockname(s, (struct sockaddr *)&own, &length) < 0) {
    perror("sctp");
    return 1;
  }
  printf("%d\n", ntohs(own.sin_port));
  fflush(stdout);
  for (;;) {
    union { struct cmsghdr align; char bytes[256]; } control;
    union { union sctp_notification note; char bytes[512]; } data;
    struct iovec piece = { &data, sizeof data };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t size = recvmsg(s, &message, 0);
    if (size < 0) return 1;
    if (!(message.msg_flags & MSG_NOTIFICATION)) {
      struct cmsghdr *header = CMSG_FIRSTHDR(&message);
      if (header == NULL || header->cmsg_level != IPPROTO_SCTP || header->cmsg_type != SCTP_SNDRCV) return 1;
      struct sctp_sndrcvinfo info;
      memcpy(&info, CMSG_DATA(header), sizeof info);
      printf("message %.*s stream %d ppid %u unordered %d\n", (int)size, data.bytes, info.sinfo_stream,
        ntohl(info.sinfo_ppid), (info.sinfo_flags & SCTP_UNORDERED) != 0);
      continue;
    }
    switch (data.note.sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE: {
      struct sctp_assoc_change *change = &data.note.sn_assoc_change;
      if (change->sac_state == SCTP_SHUTDOWN_COMP) {
        printf("complete\n");
        return 0;
      }
      printf("up %d in %d out\n", change->sac_inbound_streams, change->sac_outbound_streams);
      break;
    }
    case SCTP_ADAPTATION_INDICATION:
      printf("adaptation %u\n", data.note.sn_adaptation_event.sai_adaptation_ind);
      break;
    case SCTP_SHUTDOWN_EVENT:
      printf("shutdown\n");
      break;
    }
  }
}
