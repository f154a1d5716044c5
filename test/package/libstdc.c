/* What the archive of libstdc++ asks of glibc and musl does not have, for musl.ts. */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((visibility("hidden"))) void *__dso_handle = &__dso_handle;

char __libc_single_threaded;

/* Finds nothing: an exception that is thrown ends the process. Bun is built without them. */
int _dl_find_object(void *address, void *result) {
  (void)address;
  (void)result;
  return -1;
}

unsigned arc4random(void) {
  unsigned value;
  if (getentropy(&value, sizeof value) != 0) abort();
  return value;
}
