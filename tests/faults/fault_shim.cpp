/* LD_PRELOAD: what a disk or a power cut may do to a program, at the n-th change of a file.
 *
 * ASSAY_FAULT=KIND:N:PROGRAM:PATH counts the changes (writes, truncations, syncs, renames, removals) that
 * PROGRAM makes to files whose path holds PATH. At the N-th one
 *   eio      it and all later ones fail with EIO
 *   enospc   writes fail with ENOSPC from then on
 *   erofs    it and all later ones fail with EROFS
 *   short    a write takes half of what it was given, once
 *   changes  nothing; N is ignored
 * or counts the points at which SQLite commits (a frame of a write-ahead log that ends a transaction, a
 * journal that goes) and files get their name. Just before the N-th one
 *   kill     the process is killed, as by `kill -9`
 *   commits  nothing; N is ignored
 * ASSAY_FAULT_LOG names a file to which every process appends how many changes it made, at its end.
 * ASSAY_FAULT_ONCE names a file that is made when the fault comes; where it is there, none comes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum Kind { NONE, EIO_FAULT, ENOSPC_FAULT, EROFS_FAULT, SHORT, CHANGES, KILL, COMMITS };
static Kind kind = NONE;
static long at, seen;
static char path_part[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static Kind kind_of(const char* word) {
  static const char* const words[] = {"",      "eio",     "enospc", "erofs",
                                      "short", "changes", "kill",   "commits"};
  for (int k = EIO_FAULT; k <= COMMITS; ++k)
    if (strcmp(word, words[k]) == 0) return static_cast<Kind>(k);
  return NONE;
}

__attribute__((constructor)) static void begin(void) {
  const char* fault = getenv("ASSAY_FAULT");
  char word[16], program[64], own[64] = "";
  if (!fault || sscanf(fault, "%15[^:]:%ld:%63[^:]:%4000s", word, &at, program, path_part) != 4)
    return;
  FILE* name = fopen("/proc/self/comm", "re");
  if (name) {
    if (fscanf(name, "%63s", own) != 1) own[0] = 0;
    fclose(name);
  }
  if (strcmp(own, program) == 0) kind = kind_of(word);
}

__attribute__((destructor)) static void end(void) {
  const char* log = getenv("ASSAY_FAULT_LOG");
  if (!log || kind == NONE) return;
  char line[32];
  const int length = snprintf(line, sizeof line, "%ld\n", seen);
  const int file = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file < 0) return;
  if (syscall(SYS_write, file, line, length) < 0) return;
  syscall(SYS_close, file);
}

static int comes(void) {
  const char* once = getenv("ASSAY_FAULT_ONCE");
  if (!once) return 1;
  const int file = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file < 0) return 0;
  syscall(SYS_close, file);
  return 1;
}

static int concerns(const char* path) { return path && strstr(path, path_part) != NULL; }

static int path_of(int file, char* path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return length > 0;
}

static int concerns_file(int file) {
  char path[PATH_MAX];
  return path_of(file, path) && concerns(path);
}

static int ends_with(const char* text, const char* tail) {
  const size_t length = strlen(text), own = strlen(tail);
  return length >= own && strcmp(text + length - own, tail) == 0;
}

/* The header of a frame names the size of the database after the transaction where it is its last one. */
static int commits(int file, const void* data, size_t count) {
  char path[PATH_MAX];
  const unsigned char* const size = static_cast<const unsigned char*>(data) + 4;
  return count == 24 && path_of(file, path) && ends_with(path, "-wal") &&
         (size[0] | size[1] | size[2] | size[3]) != 0;
}

/* What is to happen to this change: 0 nothing, an errno, or -1 for a short write. */
static int fate(int is_write, int is_commit) {
  if (kind >= KILL && !is_commit) return 0;
  pthread_mutex_lock(&lock);
  const long number = ++seen;
  pthread_mutex_unlock(&lock);
  if (kind == CHANGES || kind == COMMITS || number < at) return 0;
  if (number == at && kind == KILL && comes()) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
  if (kind == EIO_FAULT) return EIO;
  if (kind == EROFS_FAULT) return EROFS;
  if (kind == ENOSPC_FAULT) return is_write ? ENOSPC : 0;
  if (kind == SHORT && number == at && is_write) return -1;
  return 0;
}

#define REAL(name) (reinterpret_cast<decltype(&name)>(dlsym(RTLD_NEXT, #name)))
#define FAIL_IF(condition, is_write, is_commit)                 \
  const int told = (condition) ? fate(is_write, is_commit) : 0; \
  if (told > 0) {                                               \
    errno = told;                                               \
    return -1;                                                  \
  }

#define WRITE(name, ...)                                                      \
  FAIL_IF(kind != NONE && concerns_file(file), 1, commits(file, data, count)) \
  if (told < 0 && count > 1) count /= 2;                                      \
  return REAL(name)(file, data, count __VA_OPT__(, ) __VA_ARGS__);

extern "C" {

ssize_t write(int file, const void* data, size_t count){WRITE(write)} ssize_t
    pwrite(int file, const void* data, size_t count, off_t offset){WRITE(pwrite, offset)} ssize_t
    pwrite64(int file, const void* data, size_t count, off64_t offset) {
  WRITE(pwrite64, offset)
}

int fsync(int file) {
  FAIL_IF(kind != NONE && concerns_file(file), 0, 0)
  return REAL(fsync)(file);
}
int fdatasync(int file) {
  FAIL_IF(kind != NONE && concerns_file(file), 0, 0)
  return REAL(fdatasync)(file);
}
int ftruncate(int file, off_t length) noexcept {
  FAIL_IF(kind != NONE && concerns_file(file), 1, 0)
  return REAL(ftruncate)(file, length);
}
int ftruncate64(int file, off64_t length) noexcept {
  FAIL_IF(kind != NONE && concerns_file(file), 1, 0)
  return REAL(ftruncate64)(file, length);
}
int unlink(const char* path) noexcept {
  FAIL_IF(kind != NONE && concerns(path), 0, ends_with(path, "-journal"))
  return REAL(unlink)(path);
}
int rename(const char* from, const char* to) noexcept {
  FAIL_IF(kind != NONE && (concerns(from) || concerns(to)), 0, 1)
  return REAL(rename)(from, to);
}

}  // extern "C"
