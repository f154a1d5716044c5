/* Registration: collects the export lists, and keeps one `instance` per environment. */
#include "addon.h"

#include <stdlib.h>

instance *instance_of(napi_env env) {
  void *data = NULL;
  napi_get_instance_data(env, &data);
  return data;
}

static void instance_free(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

static bool export_all(napi_env env, napi_value exports, const export_row *row) {
  for (; row->name != NULL; row++) {
    napi_value function;
    if (napi_create_function(env, row->name, NAPI_AUTO_LENGTH, row->call, NULL, &function) != napi_ok) return false;
    if (napi_set_named_property(env, exports, row->name, function) != napi_ok) return false;
  }
  return true;
}

__attribute__((visibility("default"))) NAPI_MODULE_INIT() {
  instance *self = calloc(1, sizeof *self);
  if (self == NULL) {
    napi_throw_error(env, "ENOMEM", "berkeley: out of memory");
    return NULL;
  }
  if (napi_set_instance_data(env, self, instance_free, NULL) != napi_ok) {
    free(self);
    return NULL;
  }
  if (!export_all(env, exports, syscall_exports)) return NULL;
  if (!export_all(env, exports, message_exports)) return NULL;
  if (!export_all(env, exports, filter_exports)) return NULL;
  if (!export_all(env, exports, resolver_exports)) return NULL;
  if (!export_all(env, exports, netdb_exports)) return NULL;
  if (!export_all(env, exports, interface_exports)) return NULL;
  if (!export_all(env, exports, engine_exports)) return NULL;
  return exports;
}
