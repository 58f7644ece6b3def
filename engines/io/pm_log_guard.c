/* SPDX-License-Identifier: Apache-2.0 */
/* One SIGBUS handler for the process and a table of the mappings that it may mend. */
#include "pm_log_guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#define GUARDS_MAX  4096u
#define GUARD_PAGE  4096u
#define GUARD_TAKEN 1u /* no mapping begins here: the slot is being filled */

struct guard {
    _Atomic uintptr_t base; /* 0: free */
    _Atomic size_t size;
    _Atomic bool lost;
};

static struct guard guards[GUARDS_MAX];
static struct sigaction before;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;

static struct guard *find(uintptr_t address)
{
    for (unsigned i = 1; i < GUARDS_MAX; i++) {
        const uintptr_t base = atomic_load_explicit(&guards[i].base, memory_order_acquire);
        if (base > GUARD_TAKEN && address >= base && address - base < atomic_load(&guards[i].size))
            return &guards[i];
    }
    return NULL;
}

/* mmap is a bare system call on Linux: safe here, though POSIX does not list it. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr;
    struct guard *guard = info->si_code == BUS_ADRERR ? find(address) : NULL;

    (void)number;
    (void)context;
    if (guard != NULL) {
        void *page = (void *)(address & ~(uintptr_t)(GUARD_PAGE - 1));
        atomic_store(&guard->lost, true);
        if (mmap(page, GUARD_PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
                 -1, 0) != MAP_FAILED)
            return;
    }
    sigaction(SIGBUS, &before, NULL); /* the access is tried again and meets the old handler */
}

/* Looked at with every mapping: a library that came later may have put its own handler there. */
static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction current;

    sigemptyset(&action.sa_mask);
    pthread_mutex_lock(&installing);
    if (sigaction(SIGBUS, NULL, &current) == 0 && current.sa_sigaction != on_sigbus) {
        before = current;
        sigaction(SIGBUS, &action, NULL);
    }
    pthread_mutex_unlock(&installing);
}

unsigned pm_log_guard_add(void *base, size_t size)
{
    install();
    for (unsigned i = 1; i < GUARDS_MAX; i++) {
        uintptr_t none = 0;
        if (!atomic_compare_exchange_strong(&guards[i].base, &none, GUARD_TAKEN))
            continue;
        atomic_store(&guards[i].size, size);
        atomic_store(&guards[i].lost, false);
        atomic_store_explicit(&guards[i].base, (uintptr_t)base, memory_order_release);
        return i;
    }
    return PM_LOG_GUARD_NONE;
}

bool pm_log_guard_is_lost(unsigned guard)
{
    return atomic_load_explicit(&guards[guard].lost, memory_order_relaxed);
}

void pm_log_guard_remove(unsigned guard)
{
    if (guard != PM_LOG_GUARD_NONE)
        atomic_store_explicit(&guards[guard].base, 0, memory_order_release);
}
