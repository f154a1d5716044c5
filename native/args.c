/* Arguments in, integers out. */
#include "addon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool args_begin(args *a, napi_env env, napi_callback_info info, const char *name, size_t count) {
  size_t given = MAX_ARGS;
  a->env = env;
  a->name = name;
  a->given = 0;
  /* What is missing arrives as undefined, which no getter takes: no count to check. */
  a->failed = napi_get_cb_info(env, info, &given, a->value, NULL, NULL) != napi_ok || count > MAX_ARGS;
  a->given = given;
  return !a->failed;
}

void args_reject(args *a, size_t index, const char *expected) {
  if (a->failed) return;
  char text[160];
  snprintf(text, sizeof text, "%s: argument %zu must be %s", a->name, index + 1, expected);
  napi_throw_type_error(a->env, "ERR_INVALID_ARG_TYPE", text);
  a->failed = true;
}

/* The integer at `index` within [least, most]; both are exact as doubles. Node-API's own getters would turn NaN into
 * the descriptor 0 and 2^32 + 5 into 5. */
static int64_t args_integer(args *a, size_t index, double least, double most, const char *expected) {
  double value;
  if (a->failed) return 0;
  if (napi_get_value_double(a->env, a->value[index], &value) != napi_ok || !(value >= least && value <= most) ||
      value != (double)(int64_t)value) {
    args_reject(a, index, expected);
    return 0;
  }
  return (int64_t)value;
}

int32_t args_int(args *a, size_t index) {
  return (int32_t)(uint32_t)args_integer(a, index, INT32_MIN, UINT32_MAX, "a 32-bit integer");
}

int64_t args_size(args *a, size_t index) {
  return args_integer(a, index, 0, 9007199254740991, "an integer from 0 to 2^53 - 1");
}

bytes args_bytes(args *a, size_t index) {
  bytes none = { NULL, 0 };
  if (a->failed) return none;
  /* Not one of Node-API's: it leaves the type alone where it does not know it (Float16Array). */
  napi_typedarray_type type = (napi_typedarray_type)-1;
  void *data = NULL;
  size_t length = 0;
  napi_status status = napi_get_typedarray_info(a->env, a->value[index], &type, &length, &data, NULL, NULL);
  if (status != napi_ok || (type != napi_uint8_array && type != napi_uint8_clamped_array)) {
    args_reject(a, index, "a Uint8Array");
    return none;
  }
  bytes b = { data, data == NULL ? 0 : length };
  return b;
}

words args_words(args *a, size_t index) {
  words none = { NULL, 0 };
  if (a->failed) return none;
  napi_typedarray_type type = (napi_typedarray_type)-1;
  void *data = NULL;
  size_t length = 0;
  if (napi_get_typedarray_info(a->env, a->value[index], &type, &length, &data, NULL, NULL) != napi_ok ||
      type != napi_int32_array) {
    args_reject(a, index, "an Int32Array");
    return none;
  }
  words w = { data, data == NULL ? 0 : length };
  return w;
}

void args_buffers(args *a, size_t index, buffers *b) {
  static const char expected[] = "an array of at most 1024 Uint8Arrays";
  napi_value element[MAX_BUFFERS];
  uint32_t count = 0;
  bool array = false;
  b->count = 0;
  if (a->failed) return;
  if (napi_is_array(a->env, a->value[index], &array) != napi_ok || !array ||
      napi_get_array_length(a->env, a->value[index], &count) != napi_ok || count > MAX_BUFFERS)
    return args_reject(a, index, expected);
  for (uint32_t i = 0; i < count; i++)
    if (napi_get_element(a->env, a->value[index], i, &element[i]) != napi_ok) {
      /* An accessor threw: its exception is the outcome. */
      a->failed = true;
      return;
    }
  for (uint32_t i = 0; i < count; i++) {
    napi_typedarray_type type = (napi_typedarray_type)-1;
    void *data = NULL;
    size_t length = 0;
    if (napi_get_typedarray_info(a->env, element[i], &type, &length, &data, NULL, NULL) != napi_ok ||
        (type != napi_uint8_array && type != napi_uint8_clamped_array))
      return args_reject(a, index, expected);
    b->list[i] = (struct iovec){ data, data == NULL ? 0 : length };
  }
  b->count = count;
}

bytes args_range(args *a, size_t index) {
  return args_part(a, index, index + 1);
}

bytes args_part(args *a, size_t index, size_t range) {
  bytes none = { NULL, 0 };
  bytes whole = args_bytes(a, index);
  const double most = 9007199254740991;
  int64_t offset = args_integer(a, range, -most, most, "an integer");
  int64_t length = args_integer(a, range + 1, -most, most, "an integer");
  if (a->failed) return none;
  if (offset < 0 || length < 0 || offset + length > (int64_t)whole.length) {
    char text[160];
    snprintf(text, sizeof text, "%s: bytes %lld to %lld of a buffer of %zu", a->name, (long long)offset,
             (long long)(offset + length), whole.length);
    napi_throw_range_error(a->env, "ERR_OUT_OF_RANGE", text);
    a->failed = true;
    return none;
  }
  bytes part = { whole.data == NULL ? NULL : whole.data + offset, (size_t)length };
  return part;
}

char *args_text(args *a, size_t index) {
  if (a->failed) return NULL;
  napi_valuetype type;
  if (napi_typeof(a->env, a->value[index], &type) == napi_ok && type == napi_null) return NULL;
  size_t length = 0;
  if (napi_get_value_string_utf8(a->env, a->value[index], NULL, 0, &length) != napi_ok) {
    args_reject(a, index, "a string or null");
    return NULL;
  }
  char *text = malloc(length + 1);
  if (text == NULL || napi_get_value_string_utf8(a->env, a->value[index], text, length + 1, &length) != napi_ok) {
    free(text);
    args_reject(a, index, "a string that fits in memory");
    return NULL;
  }
  if (memchr(text, 0, length) != NULL) {
    free(text);
    args_reject(a, index, "a string without NUL");
    return NULL;
  }
  return text;
}

char *args_word(args *a, size_t index) {
  char *text = args_text(a, index);
  if (!a->failed && text == NULL) args_reject(a, index, "a string");
  return text;
}

napi_value int_value(napi_env env, int64_t value) {
  napi_value result = NULL;
  if (value >= INT32_MIN && value <= INT32_MAX) napi_create_int32(env, (int32_t)value, &result);
  else napi_create_int64(env, value, &result);
  return result;
}

napi_value outcome(napi_env env, int64_t result) {
  return int_value(env, result < 0 ? -(int64_t)errno : result);
}

struct sockaddr *name_begin(uint8_t *name, socklen_t *length) {
  *length = NAME_ROOM;
  return (struct sockaddr *)(name + sizeof(int32_t));
}

void name_end(uint8_t *name, socklen_t length) {
  int32_t stored = (int32_t)length;
  memcpy(name, &stored, sizeof stored);
}
