{
  "targets": [
    {
      "target_name": "berkeley",
      "sources": [
        "addon.c", "args.c", "syscalls.c", "message.c", "filter.c", "question.c", "resolver.c", "netdb.c", "interfaces.c",
        "engine.c", "wake_uv.c", "wake_thread.c"
      ],
      "defines": ["NAPI_VERSION=8", "_GNU_SOURCE"],
      "cflags_c": ["-std=c11", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden", "-pthread"],
      "variables": { "sanitize%": "" },
      "conditions": [
        ["sanitize!=''", {
          "cflags_c": ["-fsanitize=<(sanitize)", "-fno-omit-frame-pointer", "-g"],
          "ldflags": ["-fsanitize=<(sanitize)"]
        }]
      ]
    }
  ]
}
