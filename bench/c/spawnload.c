/* Starts a program count=N times, one after the other, and says what it cost: spawnload count=N -- PROGRAM ARGUMENT… */
#include "bench.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
  (void)argc;
  begin();
  char **command = argv;
  while (*command != NULL && !is(*command, "--")) command++;
  if (*command == NULL || *++command == NULL) fail("expected -- PROGRAM");
  long count = number(argv, "count", 1);
  double start = now();
  for (long i = 0; i < count; i++) {
    pid_t pid;
    int status;
    if ((errno = posix_spawnp(&pid, command[0], NULL, NULL, command, environ)) != 0) die(command[0]);
    if (waitpid(pid, &status, 0) < 0) die("waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("the program failed");
  }
  double seconds = now() - start;
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("{\"messages\":%ld,\"seconds\":%.6f,\"user\":%.6f,\"system\":%.6f}\n", count, seconds,
         usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6, usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6);
  return 0;
}
