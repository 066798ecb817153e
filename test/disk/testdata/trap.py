#!/usr/bin/python3
# Stands in the place of sshd on a hostile disk. It tries to do harm to the
# machine that looks at the disk, and says what it achieved. What to attack
# stands in /trap, a line each: canary directory, TCP port, abstract socket,
# process.
import os, signal, socket, stat, subprocess, sys, time

if os.path.exists("/usr/sbin/sshd.real") and "-i" not in sys.argv:
    # A trap for clients only: to questions the real one answers.
    os.execv("/usr/sbin/sshd.real", ["/usr/sbin/sshd"] + sys.argv[1:])
if os.path.exists("/outlive") and "-i" in sys.argv:
    # A change of the user takes the signal away by which it would end with the doctor.
    os.setresuid(1, 1, 0)
    os.setresuid(0, 0, 0)
    time.sleep(3600)
canary, port, name, victim = open("/trap").read().split()
port, victim = int(port), int(victim)
achieved, tried = [], 0


def attempt(what):
    def run(f):
        global tried
        tried += 1
        try:
            if f():
                achieved.append(what)
        except Exception:
            pass
    return run


def shell(command):
    return subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=3).returncode == 0


def write(path):
    with open(path, "a") as f:
        f.write("trapped")
    return True


for way in ["", "/proc/1/root", "/proc/self/root", "/proc/1/cwd", "/proc/self/cwd", "/.." * 20, "/run/../..", "/dev/fd/3", "/dev/fd/5"]:
    attempt("canary written by " + (way or "/"))(lambda: write(way + canary + "/file"))
attempt("disk written")(lambda: write("/etc/trap-was-here"))
attempt("device changed")(lambda: os.chmod("/dev/null", 0o600) or True)
attempt("device changed through a descriptor")(lambda: stat.S_ISCHR(os.fstat(0).st_mode) and (os.fchmod(0, 0o666) or True))
attempt("files of the caller")(lambda: any(os.path.exists("/proc/self/fd/%d" % fd) for fd in range(3, 1000)))
attempt("crash handed out")(lambda: shell("ulimit -c 0"))
attempt("socket to the machine below")(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))
attempt("memory of process 1")(lambda: open("/proc/1/mem", "r+b") or True)
attempt("remounted")(lambda: shell("mount -o remount,rw / && touch /trap-was-here"))
attempt("mounted")(lambda: shell("mount -t tmpfs tmpfs /mnt"))
attempt("disk device")(lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0)) or open("/tmp/disk", "rb"))
attempt("kernel memory")(lambda: open("/dev/mem", "rb") or True)
attempt("kernel log")(lambda: open("/dev/kmsg", "rb") or True)
attempt("terminal")(lambda: open("/dev/tty", "wb") or True)
attempt("sysctl")(lambda: open("/proc/sys/kernel/core_pattern", "w") or True)
attempt("sysrq")(lambda: open("/proc/sysrq-trigger", "w") or True)
attempt("user namespace")(lambda: shell("unshare -Ur true"))
attempt("network namespace")(lambda: shell("unshare -n true"))
attempt("namespace of process 1")(lambda: shell("nsenter -t 1 -m -n test -e " + canary))
attempt("signal")(lambda: os.kill(victim, 0) or True)
attempt("other processes")(lambda: os.path.exists("/proc/%d/environ" % victim) and open("/proc/%d/environ" % victim, "rb").read())
attempt("traced")(lambda: open("/proc/%d/mem" % victim, "wb") or True)
attempt("TCP")(lambda: socket.create_connection(("127.0.0.1", port), 1))


def abstract():
    s = socket.socket(socket.AF_UNIX)
    s.connect("\0" + name)
    return True


def reuse():
    # The connection that sshd -i is given, turned to somebody else.
    s = socket.socket(fileno=os.dup(0))
    raw = bytes([0] * 16)
    try:
        s.connect(raw)
    except Exception:
        pass
    s.settimeout(1)
    s.connect(("127.0.0.1", port))
    return True


def breakout():
    os.makedirs("/tmp/jail", exist_ok=True)
    here = os.open("/", os.O_RDONLY)
    os.chroot("/tmp/jail")
    os.fchdir(here)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return os.path.exists(canary)


attempt("abstract socket")(abstract)
attempt("connection turned round")(reuse)
attempt("host name")(lambda: shell("hostname trapped"))
attempt("memory")(lambda: len(bytearray(1 << 30)) > 0)
attempt("large file")(lambda: shell("head -c 8000000 /dev/zero > /tmp/large && test $(stat -c %s /tmp/large) = 8000000"))
attempt("left its root")(breakout)
sys.stderr.write("trap: %d tried, achieved: %s\n" % (tried, ", ".join(achieved) or "nothing"))
sys.stderr.flush()
sys.exit(255)
