#include "media/decoder/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/protocol.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* libvips and what it pulls in map about 300 MB; a file up to LW_LIMIT_DECODE_BYTES is mapped too. */
enum { MEMORY_GIB = 3 };

static void limit(int what, rlim_t value) { setrlimit(what, &(struct rlimit){value, value}); }

void lw_sandbox_limit(void)
{
    close_range(LW_DECODE_SOCKET + 1, ~0U, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    if (!LW_IS_SANITIZED)
        limit(RLIMIT_AS, (rlim_t)MEMORY_GIB << 30);
}

#ifdef ARCHITECTURE

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_LOW(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE SECCOMP_RET_ERRNO | 1   /* EPERM: libraries take it for a missing right, and go on or fail */
#define LACKING SECCOMP_RET_ERRNO | 38 /* ENOSYS: glibc falls back to what was there before */
#define CALL(name, verdict) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), ANSWER(verdict)
#define ALLOW(name) CALL(name, SECCOMP_RET_ALLOW)
/* Only with this first argument. */
#define ALLOW_WITH(name, value)                                                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), LOAD_LOW(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), \
        ANSWER(SECCOMP_RET_ALLOW), ANSWER(REFUSE)

/* Threads, no processes. */
#define ALLOW_THREADS()                                                                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4), LOAD_LOW(0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), \
        ANSWER(SECCOMP_RET_ALLOW), ANSWER(REFUSE)

static void forbid_calls(void)
{
    const struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        /* conversation and files already open */
        ALLOW(read),
        ALLOW(pread64),
        ALLOW(readv),
        ALLOW(lseek),
        ALLOW(fstat),
        ALLOW(close),
        ALLOW(recvmsg),
        ALLOW_WITH(sendto, LW_DECODE_SOCKET),
        ALLOW_WITH(write, 2),
        ALLOW(ppoll),
#ifdef __NR_poll
        ALLOW(poll),
#endif
#ifdef __NR_newfstatat
        ALLOW(newfstatat), /* glibc's fstat; tells of paths, opens none */
#endif
        /* memory */
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(mprotect),
        ALLOW(madvise),
        ALLOW(brk),
        ALLOW(membarrier),
        /* threads */
        ALLOW(futex),
        ALLOW_THREADS(),
        CALL(clone3, LACKING),
        ALLOW(set_robust_list),
        ALLOW(rseq),
        ALLOW(sched_yield),
        ALLOW(sched_getaffinity),
        ALLOW(gettid),
        ALLOW(getpid),
        ALLOW(exit),
        ALLOW(exit_group),
        ALLOW_WITH(tgkill, (uint32_t)getpid()),
        /* signals and time */
        ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(sigaltstack),
        ALLOW(restart_syscall),
        ALLOW(setitimer),
        ALLOW(clock_gettime),
        ALLOW(clock_nanosleep),
        ALLOW(nanosleep),
        ALLOW(gettimeofday),
        /* questions */
        ALLOW(getrandom),
        ALLOW(getrusage),
        ALLOW(sysinfo),
        ALLOW(uname),
        ANSWER(REFUSE),
    };
    const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = (struct sock_filter *)filter};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

static void forbid_calls(void) {}

#endif

void lw_sandbox_enter(void)
{
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, 16);
    limit(RLIMIT_NPROC, 256); /* threads of this user count too; the filter is what forbids programs */
    forbid_calls();
}
