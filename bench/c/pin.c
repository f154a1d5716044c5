/* pin CORE PROGRAM ARGUMENT…: runs it on one core, with all the descriptors it may have, for as long as its parent lives. */
#include "bench.h"
#include <sched.h>
#include <sys/prctl.h>

int main(int argc, char **argv) {
  if (argc < 3) fail("usage: pin CORE PROGRAM ARGUMENT…");
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(argv[1]), &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) die("sched_setaffinity");
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) die("prctl");
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  execvp(argv[2], argv + 2);
  die(argv[2]);
}
