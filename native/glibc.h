/*
 * Included in front of every source of a published glibc binary: what glibc 2.34 moved into libc.so.6 is bound to the
 * version that glibc has had since its port to the machine, so that the binary runs wherever Node does (2.28).
 */
#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#else
#error "which is this machine's first glibc?"
#endif

#define BIND(symbol) __asm__(".symver " #symbol "," #symbol "@" FIRST)

BIND(dlsym);
BIND(pthread_create);
BIND(pthread_join);
BIND(pthread_once);
BIND(pthread_sigmask);

#undef BIND
#undef FIRST
