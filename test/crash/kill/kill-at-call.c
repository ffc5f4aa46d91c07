// Preloaded into a process (LD_PRELOAD): kills it as it enters one call, the KILL_NUMBER-th of the kind KILL_CALL on the file KILL_PATH, of all its
// threads together. The one thing to know: nothing of that call is done, as with strace, which costs three times as much.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *wanted_call;
static const char *wanted_path;
static long wanted_number;
static atomic_long seen;

__attribute__((constructor)) static void read_orders(void) {
  const char *number = getenv("KILL_NUMBER");
  wanted_call = getenv("KILL_CALL");
  wanted_path = getenv("KILL_PATH");
  wanted_number = number ? atol(number) : 0;
}

static int is_wanted(const char *call) {
  return wanted_call && wanted_path && strcmp(call, wanted_call) == 0;
}

static void entered(const char *call, const char *path) {
  if (!is_wanted(call) || strcmp(path, wanted_path) != 0) return;
  if (atomic_fetch_add(&seen, 1) + 1 != wanted_number) return;
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void entered_on(const char *call, int descriptor) {
  if (!is_wanted(call)) return;
  char link[64], path[PATH_MAX];
  const int error_before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = error_before;
  if (length < 0) return;
  path[length] = 0;
  entered(call, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
  entered_on("write", descriptor);
  return NEXT(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t at) {
  entered_on("pwrite64", descriptor);
  return NEXT(pwrite)(descriptor, bytes, count, at);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t at) {
  entered_on("pwrite64", descriptor);
  return NEXT(pwrite64)(descriptor, bytes, count, at);
}

int fsync(int descriptor) {
  entered_on("fsync", descriptor);
  return NEXT(fsync)(descriptor);
}

int fdatasync(int descriptor) {
  entered_on("fdatasync", descriptor);
  return NEXT(fdatasync)(descriptor);
}

int ftruncate(int descriptor, off_t length) {
  entered_on("ftruncate", descriptor);
  return NEXT(ftruncate)(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
  entered_on("ftruncate", descriptor);
  return NEXT(ftruncate64)(descriptor, length);
}

int rename(const char *from, const char *to) {
  entered("rename", from);
  return NEXT(rename)(from, to);
}

int unlink(const char *path) {
  entered("unlink", path);
  return NEXT(unlink)(path);
}

/* What the C++ library removes files with. */
int remove(const char *path) {
  entered("unlink", path);
  return NEXT(remove)(path);
}

int rmdir(const char *path) {
  entered("rmdir", path);
  return NEXT(rmdir)(path);
}
