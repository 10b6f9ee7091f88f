/*
 * The only program of a lab guest, started by its kernel as process 1 with nothing else in the initial RAM disk.
 *
 * It fills memory with random data, keeps dirtying some of it, and prints twice a second a counter, the SHA-256 of
 * a canary block as it stands in memory at that moment, and a number drawn once at start: a line that goes on
 * counting with the same canary and the same boot number can only come from the same guest with intact memory.
 *
 * Settings come from the kernel command line as environment variables (the kernel passes on what it does not know):
 *   LAB_FILL_MIB   random data to hold, MiB
 *   LAB_DIRTY_MIBPS  how much of it to overwrite, MiB per second
 *   LAB_DISK       a block device to write the counter to, one 4 KiB block a line, from 192 MiB on
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024u * 1024u)
#define PAGE 4096u
#define CANARY_BYTES (64u * 1024u)
#define TICK_MS 100u
#define TICKS_PER_LINE 5u
#define DISK_COUNTER_OFFSET (192ull * MIB)
#define DISK_COUNTER_BLOCKS 4096u

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static void sha256_block(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
        uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t e = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t first = s[7] + e + choice + round_constants[i] + w[i];
        uint32_t a = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += first;
        s[0] = first + a + majority;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

static void sha256(const void *data, size_t length, unsigned char digest[32]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const unsigned char *bytes = data;
    unsigned char tail[128] = {0};
    size_t rest = length % 64, whole = length - rest, padded = rest < 56 ? 64 : 128;
    for (size_t i = 0; i < whole; i += 64) sha256_block(state, bytes + i);
    memcpy(tail, bytes + whole, rest);
    tail[rest] = 0x80;
    for (int i = 0; i < 8; i++) tail[padded - 1 - i] = (unsigned char)((uint64_t)length * 8 >> (8 * i));
    for (size_t i = 0; i < padded; i += 64) sha256_block(state, tail + i);
    for (int i = 0; i < 32; i++) digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* The canary: the 64 bytes SHA-256(seed 0) | SHA-256(seed 1), over and over. tests/lab/canary.ts computes the same. */
static void fill_canary(unsigned char *canary) {
    static const char seeds[2][20] = {"viaduct canary 0", "viaduct canary 1"};
    for (int i = 0; i < 2; i++) sha256(seeds[i], strlen(seeds[i]), canary + 32 * i);
    for (size_t at = 64; at < CANARY_BYTES; at += 64) memcpy(canary + at, canary, 64);
}

static uint64_t random_state = 0x9e3779b97f4a7c15ull;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void fill_random(void *at, size_t length) {
    uint64_t *words = at;
    for (size_t i = 0; i < length / sizeof *words; i++) words[i] = next_random();
}

static size_t setting(const char *name) {
    const char *value = getenv(name);
    return value ? strtoul(value, NULL, 10) : 0;
}

static void load_modules(void) {
    static const char *const names[] = {"virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev",
                                        "virtio_pci", "virtio_blk"}; /* each after those it needs */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "/modules/%s.ko", names[i]);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) perror(path);
        if (file >= 0) close(file);
    }
}

static void *memory(size_t length) {
    void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        perror("memory");
        for (;;) pause();
    }
    return at;
}

int main(void) {
    mkdir("/dev", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    int console = open("/dev/ttyS0", O_WRONLY | O_NOCTTY);
    if (console >= 0) {
        dup2(console, 1);
        dup2(console, 2);
    }

    size_t fill = setting("LAB_FILL_MIB") * MIB, dirty_per_tick = setting("LAB_DIRTY_MIBPS") * MIB / (1000 / TICK_MS);
    const char *disk_path = getenv("LAB_DISK");
    int disk = -1;
    if (disk_path) {
        load_modules();
        for (int tries = 0; disk < 0 && tries < 100; tries++) {
            disk = open(disk_path, O_WRONLY | O_DIRECT);
            if (disk < 0) usleep(TICK_MS * 1000);
        }
        if (disk < 0) perror(disk_path);
    }

    uint64_t boot = 0;
    getrandom(&boot, sizeof boot, GRND_INSECURE);
    unsigned char *canary = memory(CANARY_BYTES), *block = memory(PAGE), *data = fill ? memory(fill) : NULL;
    fill_canary(canary);
    if (data) fill_random(data, fill);

    size_t dirty_at = 0;
    unsigned long tick = 0, counter = 0;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;; tick++) {
        if (data) {
            for (size_t done = 0; done < dirty_per_tick; done += PAGE) {
                fill_random(data + dirty_at, PAGE);
                dirty_at = (dirty_at + PAGE) % fill;
            }
        }
        if (tick % TICKS_PER_LINE == 0) {
            unsigned char digest[32];
            char line[160], hex[65];
            counter++;
            sha256(canary, CANARY_BYTES, digest);
            for (int i = 0; i < 32; i++) sprintf(hex + 2 * i, "%02x", digest[i]);
            int length = snprintf(line, sizeof line, "counter=%lu canary=%s boot=%016llx\n", counter, hex, (unsigned long long)boot);
            write(1, line, length);
            if (disk >= 0) {
                memset(block, 0, PAGE);
                memcpy(block, line, length);
                if (pwrite(disk, block, PAGE, DISK_COUNTER_OFFSET + counter % DISK_COUNTER_BLOCKS * PAGE) != PAGE) perror("disk");
            }
        }
        next.tv_nsec += TICK_MS * 1000000L;
        if (next.tv_nsec >= 1000000000L) {
            next.tv_nsec -= 1000000000L;
            next.tv_sec++;
        }
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec > next.tv_sec + 1)
            next = now; /* the guest stood still: go on from here instead of catching up in one burst */
        else
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}
