/* Faults of a disk, for tests: loaded before the C library by LD_PRELOAD.
 *
 * Only files whose path contains SHIM_MATCH are touched. What it can do, by environment variable:
 *   SHIM_UNDO=FILE           before every write the old bytes go to FILE, and every sync is noted there, so that a test
 *                            can take back, after a kill, whatever was written and not synced: a power cut;
 *   SHIM_SLOW_SYNC_MS=N      every sync takes N milliseconds longer, as a disk does, so that a kill falls before most of them;
 *   SHIM_FAIL_SYNC_AFTER=N   the first N syncs succeed, all later ones fail with EIO;
 *   SHIM_FULL_AFTER=N        after N bytes were written, every write that makes a file longer fails with ENOSPC.
 *
 * A record of the undo file: kind (1 byte: W write, T truncate, S sync), length of path (u32), offset (u64), old size
 * (u64), length of old bytes (u32), path, old bytes; native byte order.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int undo_fd = -2;
static long syncs_left = -1;
static long slow_ms = 0;
static long long bytes_left = -1;

static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t);

static void set_up(void) {
    if (undo_fd != -2) return;
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    const char *undo = getenv("SHIM_UNDO");
    undo_fd = undo ? open(undo, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    const char *syncs = getenv("SHIM_FAIL_SYNC_AFTER");
    if (syncs) syncs_left = atol(syncs);
    const char *slow = getenv("SHIM_SLOW_SYNC_MS");
    if (slow) slow_ms = atol(slow);
    const char *bytes = getenv("SHIM_FULL_AFTER");
    if (bytes) bytes_left = atoll(bytes);
}

/* The path of a descriptor, if it is one of ours. */
static int matched(int fd, char *path, size_t room) {
    const char *match = getenv("SHIM_MATCH");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, room - 1);
    if (n <= 0 || !match) return 0;
    path[n] = 0;
    return strstr(path, match) != NULL && strstr(path, "-shm") == NULL;
}

static void note(char kind, const char *path, uint64_t offset, uint64_t size, const char *old, uint32_t length) {
    if (undo_fd < 0) return;
    uint32_t path_length = strlen(path);
    size_t total = 1 + 4 + 8 + 8 + 4 + path_length + length;
    char *record = malloc(total), *p = record;
    *p++ = kind;
    memcpy(p, &path_length, 4); p += 4;
    memcpy(p, &offset, 8); p += 8;
    memcpy(p, &size, 8); p += 8;
    memcpy(p, &length, 4); p += 4;
    memcpy(p, path, path_length); p += path_length;
    if (length) memcpy(p, old, length);
    if (real_write(undo_fd, record, total) != (ssize_t)total) abort();
    free(record);
}

/* Notes what a write at this place will overwrite; says whether it may go on. */
static int before_write(int fd, size_t count, off64_t offset) {
    char path[4096];
    if (!matched(fd, path, sizeof path)) return 1;
    struct stat64 st;
    if (fstat64(fd, &st)) return 1;
    if (bytes_left >= 0) {
        bytes_left -= (long long)count;
        if (bytes_left < 0) {
            bytes_left = 0;
            if (offset + (off64_t)count > st.st_size) { errno = ENOSPC; return 0; }
        }
    }
    if (undo_fd >= 0) {
        char *old = malloc(count ? count : 1);
        ssize_t had = pread64(fd, old, count, offset);
        note('W', path, offset, st.st_size, old, had > 0 ? (uint32_t)had : 0);
        free(old);
    }
    return 1;
}

ssize_t pwrite64(int fd, const void *buffer, size_t count, off64_t offset) {
    pthread_mutex_lock(&lock);
    set_up();
    ssize_t n = before_write(fd, count, offset) ? real_pwrite(fd, buffer, count, offset) : -1;
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return n;
}

ssize_t pwrite(int fd, const void *buffer, size_t count, off_t offset) {
    return pwrite64(fd, buffer, count, offset);
}

ssize_t write(int fd, const void *buffer, size_t count) {
    pthread_mutex_lock(&lock);
    set_up();
    off64_t offset = lseek64(fd, 0, SEEK_CUR);
    ssize_t n = offset < 0 || before_write(fd, count, offset) ? real_write(fd, buffer, count) : -1;
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return n;
}

static int synced(int fd, int (*real)(int)) {
    char path[4096];
    if (!matched(fd, path, sizeof path)) return real(fd);
    if (syncs_left == 0) { errno = EIO; return -1; }
    if (syncs_left > 0) syncs_left--;
    if (slow_ms > 0) {
        pthread_mutex_unlock(&lock);
        usleep(slow_ms * 1000);
        pthread_mutex_lock(&lock);
    }
    int result = real(fd);
    if (result == 0) note('S', path, 0, 0, NULL, 0);
    return result;
}

int fsync(int fd) {
    pthread_mutex_lock(&lock);
    set_up();
    int result = synced(fd, real_fsync), kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int fdatasync(int fd) {
    pthread_mutex_lock(&lock);
    set_up();
    int result = synced(fd, real_fdatasync), kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int ftruncate64(int fd, off64_t length) {
    pthread_mutex_lock(&lock);
    set_up();
    char path[4096];
    struct stat64 st;
    if (undo_fd >= 0 && matched(fd, path, sizeof path) && !fstat64(fd, &st) && length < st.st_size) {
        size_t count = st.st_size - length;
        char *old = malloc(count);
        ssize_t had = pread64(fd, old, count, length);
        note('T', path, length, st.st_size, old, had > 0 ? (uint32_t)had : 0);
        free(old);
    }
    int result = real_ftruncate(fd, length), kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}
