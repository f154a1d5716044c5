/* The names of this machine and of its network interfaces: answered at once, by the kernel. */
#include "question.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static napi_value host_gethostname(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "gethostname", 1)) return NULL;
  bytes name = args_bytes(&a, 0);
  if (a.failed) return NULL;
  return outcome(env, gethostname((char *)name.data, name.length));
}

static napi_value host_sethostname(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "sethostname", 1)) return NULL;
  bytes name = args_bytes(&a, 0);
  if (a.failed) return NULL;
  return outcome(env, sethostname((const char *)name.data, name.length));
}

static napi_value interface_nametoindex(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "if_nametoindex", 1)) return NULL;
  char *name = args_word(&a, 0);
  if (a.failed) return NULL;
  unsigned index = if_nametoindex(name);
  int error = errno;
  free(name);
  errno = error;
  return outcome(env, index == 0 ? -1 : (int64_t)index);
}

/* if_indextoname(index, name): the name and its NUL into the IF_NAMESIZE bytes of `name`. */
static napi_value interface_indextoname(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "if_indextoname", 2)) return NULL;
  int32_t index = args_int(&a, 0);
  bytes name = args_bytes(&a, 1);
  if (!a.failed && name.length < IF_NAMESIZE) args_reject(&a, 1, "16 bytes");
  if (a.failed) return NULL;
  return outcome(env, if_indextoname((unsigned)index, (char *)name.data) == NULL ? -1 : 0);
}

/* if_nameindex(): for each interface int32 index; field name. */
static napi_value interface_nameindex(napi_env env, napi_callback_info info) {
  (void)info;
  struct if_nameindex *all = if_nameindex();
  if (all == NULL) return int_value(env, SYSTEM_BASE - errno);
  reply r = { 0 };
  for (const struct if_nameindex *each = all; each->if_index != 0 && each->if_name != NULL; each++) {
    reply_int(&r, (int32_t)each->if_index);
    reply_text(&r, each->if_name);
  }
  if_freenameindex(all);
  return reply_value(env, &r);
}

static size_t address_length(const struct sockaddr *address) {
  if (address == NULL) return 0;
  switch (address->sa_family) {
    case AF_INET:
      return sizeof(struct sockaddr_in);
    case AF_INET6:
      return sizeof(struct sockaddr_in6);
    case AF_PACKET: {
      /* InfiniBand's are longer than the struct, for which libc leaves room. */
      size_t length = offsetof(struct sockaddr_ll, sll_addr) + ((const struct sockaddr_ll *)(const void *)address)->sll_halen;
      return length < sizeof(struct sockaddr_ll) ? sizeof(struct sockaddr_ll) : length;
    }
    default:
      return sizeof address->sa_family;
  }
}

static void reply_address(reply *r, const struct sockaddr *address) {
  reply_field(r, address, address_length(address));
}

/* getifaddrs(): for each address int32 flags; fields name, address, netmask, broadcast or destination. */
static napi_value interface_addresses(napi_env env, napi_callback_info info) {
  (void)info;
  struct ifaddrs *all;
  if (getifaddrs(&all) != 0) return int_value(env, SYSTEM_BASE - errno);
  reply r = { 0 };
  for (const struct ifaddrs *each = all; each != NULL; each = each->ifa_next) {
    reply_int(&r, (int32_t)each->ifa_flags);
    reply_text(&r, each->ifa_name);
    reply_address(&r, each->ifa_addr);
    reply_address(&r, each->ifa_netmask);
    reply_address(&r, each->ifa_broadaddr);
  }
  freeifaddrs(all);
  return reply_value(env, &r);
}

const export_row interface_exports[] = {
  { "gethostname", host_gethostname },
  { "sethostname", host_sethostname },
  { "if_nametoindex", interface_nametoindex },
  { "if_indextoname", interface_indextoname },
  { "if_nameindex", interface_nameindex },
  { "getifaddrs", interface_addresses },
  EXPORT_END,
};
