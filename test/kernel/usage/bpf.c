/*
 * Loads an eBPF socket filter by bpf(2) alone, and hands its descriptor over the unix socket that is descriptor 3. It returns
 * 65535 for packets whose byte 14 is 'y' and 0 for others ("filter"), or that byte itself ("index").
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DATA 14

static int load(const struct bpf_insn *code, size_t count) {
  static char license[] = "GPL", said[4096];
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = (uint64_t)(uintptr_t)code;
  attributes.insn_cnt = (uint32_t)count;
  attributes.license = (uint64_t)(uintptr_t)license;
  attributes.log_buf = (uint64_t)(uintptr_t)said;
  attributes.log_size = sizeof said;
  attributes.log_level = 1;
  int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
  if (fd < 0) fprintf(stderr, "bpf: %s\n%s\n", strerror(errno), said);
  return fd;
}

int main(int count, char **words) {
  const struct bpf_insn filter[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1 },
    { .code = BPF_LD | BPF_ABS | BPF_B, .imm = DATA },
    { .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .imm = 'y', .off = 2 },
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
    { .code = BPF_JMP | BPF_EXIT },
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 65535 },
    { .code = BPF_JMP | BPF_EXIT },
  };
  const struct bpf_insn index[] = { filter[0], filter[1], { .code = BPF_JMP | BPF_EXIT } };
  int chosen = count > 1 && strcmp(words[1], "index") == 0;
  int fd = chosen ? load(index, sizeof index / sizeof *index) : load(filter, sizeof filter / sizeof *filter);
  if (fd < 0) return 1;

  char byte = 'b';
  struct iovec data = { &byte, 1 };
  union { struct cmsghdr align; char bytes[CMSG_SPACE(sizeof fd)]; } control;
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes,
  };
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  return sendmsg(3, &message, 0) == 1 ? 0 : 1;
}
