/* Socket filters: programs whose option value is a pointer to them, which only C can make. */
#include "addon.h"

/* struct sock_fprog: linux/filter.h is not among musl's headers. */
typedef struct {
  unsigned short count;
  const void *instructions;
} program;

/* setsockoptFilter(fd, level, option, instructions): the bytes are whole struct sock_filter. */
static napi_value filter_setsockopt(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "setsockoptFilter", 4)) return NULL;
  int fd = args_int(&a, 0), level = args_int(&a, 1), option = args_int(&a, 2);
  bytes code = args_bytes(&a, 3);
  size_t count = code.length / FILTER_INSTRUCTION;
  if (!a.failed && (code.length % FILTER_INSTRUCTION != 0 || count > UINT16_MAX))
    args_reject(&a, 3, "whole instructions, at most 65535");
  if (a.failed) return NULL;
  program value = { (unsigned short)count, code.data };
  return outcome(env, setsockopt(fd, level, option, &value, sizeof value));
}

const export_row filter_exports[] = {
  { "setsockoptFilter", filter_setsockopt },
  EXPORT_END,
};
