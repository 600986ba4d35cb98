#!/usr/bin/env python3
"""Run a command on an emulated machine whose processor has protection keys (PKU).

    tools/pku_machine.py [--timeout SECONDS] [--cpus N] -- COMMAND ARGUMENT...

Boots Debian's kernel under qemu in software, with this machine's files as its own, and runs the
command there as root, in the same working directory and environment, its standard input empty. What
the command writes to stdout and stderr comes out of this program's, and its exit status is this
program's, 128 + N when signal N ended it. The command sees the files as they are here. It may
change them all, but the changes are gone with the machine. /run and /dev/shm start empty, and lo is
the only network.

Further exit statuses: 124 when the time was up, 125 when the machine could not be had or did not
get as far as to run the command, or died with it.

Needs qemu-system-x86_64 (tools/system_packages.sh pku). The kernel and busybox come from Debian
packages, which are not installed but unpacked into build/pku-machine; remove that folder to have
them fetched anew.
"""

import argparse
import contextlib
import fcntl
import lzma
import os
import re
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "pku-machine"

EXIT_TIMEOUT = 124
EXIT_MACHINE = 125

MEMORY_MIB = 2048

# The first that apt knows. Newer first: 6.10 brought mseal. The cloud kernels have no 9p.
KERNEL_PACKAGES = ["linux-image-6.12-amd64", "linux-image-amd64"]
# Static, hence not the busybox that may be installed.
BUSYBOX_PACKAGE = "busybox-static"

# What the kernel may not have built in; the modules that these need are found by themselves.
MODULES = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"]

# la57 off: walking four levels of page tables costs less than five.
CPU = "max,la57=off"
KERNEL_ARGUMENTS = "console=ttyS0 loglevel=4 panic=-1 mitigations=off audit=0 nokaslr"

# The machine's virtio-serial ports, by number.
PORTS = {"out": 1, "err": 2, "status": 3}

# The first process, in the initramfs: makes the root file system and goes there.
INIT = """\
#!/busybox sh
set -e
export PATH=/bin
/busybox mkdir -p /bin /proc /sys /dev /host /over /root
/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in $(cat /modules/order); do
    insmod /modules/$module.ko
done

mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose,access=any root /host
mount -t tmpfs -o mode=755 over /over
mkdir /over/upper /over/work
mount -t overlay -o lowerdir=/host,upperdir=/over/upper,workdir=/over/work root /root
mount --move /dev /root/dev
mount --move /proc /root/proc
mount --move /sys /root/sys
mount -t tmpfs -o mode=755 run /root/run
mkdir -p /root/dev/pts /root/dev/shm /root/dev/mqueue /root/run/lock
mount -t devpts -o mode=620,ptmxmode=666 pts /root/dev/pts
mount -t tmpfs -o mode=1777 shm /root/dev/shm
mount -t mqueue mqueue /root/dev/mqueue
ln -s /proc/self/fd /root/dev/fd
ln -s fd/0 /root/dev/stdin
ln -s fd/1 /root/dev/stdout
ln -s fd/2 /root/dev/stderr
chmod 1777 /root/run/lock

hostname pku-machine
ip link set lo up
mkdir /root/run/pku-machine
cp /busybox /run_job /job /root/run/pku-machine
exec switch_root /root /run/pku-machine/busybox sh /run/pku-machine/run_job
"""

# The first process from then on: runs the job, passes on its output and then its status. The job
# gets pipes, not the ports, because a port can't be opened twice, as by a script's > /dev/stderr.
# It runs in the foreground, because a shell has its background commands ignore SIGINT.
RUN_JOB = """\
cd /run/pku-machine
busybox=/run/pku-machine/busybox
# The ports' devices appear some time after their driver.
for number in 1 2 3; do
    while ! [ -c /dev/vport*p$number ]; do $busybox usleep 10000; done
done
port=$(echo /dev/vport*p1)
port=${port%1}
$busybox mkfifo -m 666 out err
$busybox cat <out >${port}1 &
out=$!
$busybox cat <err >${port}2 &
err=$!
ulimit -H -n 524288
$busybox setsid $busybox sh job </dev/null >out 2>err
status=$?
# Those that the command left running hold the pipes.
for process in /proc/[0-9]*; do
    case ${process#/proc/} in
        1 | $out | $err) ;;
        *) kill -9 ${process#/proc/} 2>/dev/null ;;
    esac
done
wait $out $err
echo $status >${port}3
$busybox poweroff -f
"""


class MachineError(Exception):
    """The machine can't be had, or has failed."""


def run(*command: str, cwd: Path | None = None) -> str:
    """Return what a command prints; raise MachineError with its complaint if it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise MachineError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        complaint = done.stderr.strip() or f"exit status {done.returncode}"
        raise MachineError(f"{shlex.join(command)}: {complaint}")
    return done.stdout


def download(package: str, into: Path) -> Path:
    """Return where the given package has been unpacked."""
    run("apt-get", "download", "-qq", package, cwd=into)
    (archive,) = into.glob(f"{package}_*.deb")
    unpacked = into / package
    run("dpkg-deb", "-x", str(archive), str(unpacked))
    return unpacked


def download_kernel(into: Path) -> Path:
    """Return where the kernel's package has been unpacked."""
    for meta_package in KERNEL_PACKAGES:
        with contextlib.suppress(MachineError):
            depends = run("apt-cache", "depends", "--no-recommends", meta_package)
            if found := re.search(r"Depends: (linux-image-\S+)", depends):
                return download(found[1], into)
    raise MachineError(f"apt-get: none of {' '.join(KERNEL_PACKAGES)} to be had")


def module_name(path: Path) -> str:
    """Return the kernel's name for the module in the given file."""
    return path.name.partition(".ko")[0].replace("-", "_")


def read_module(path: Path) -> bytes:
    """Return a module as insmod wants it."""
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".ko":
        return path.read_bytes()
    raise MachineError(f"{path.name}: unknown compression")


def load_modules(kernel: Path) -> dict[str, bytes]:
    """Return the modules that MODULES asks for and the kernel lacks, in the order to load them."""
    files = {module_name(path): path for path in kernel.rglob("*.ko*")}
    (builtin_list,) = kernel.rglob("modules.builtin")
    builtin = {module_name(Path(line)) for line in builtin_list.read_text().split()}
    modules: dict[str, bytes] = {}

    def add(name: str) -> None:
        if name in modules or name in builtin:
            return
        if name not in files:
            raise MachineError(f"the kernel has no module {name}")
        content = read_module(files[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", content)
        for needed in depends[1].decode().split(",") if depends else []:
            if needed:
                add(needed.replace("-", "_"))
        modules[name] = content

    for name in MODULES:
        add(name)
    return modules


def fetch_parts(into: Path) -> None:
    """Put the kernel, its modules and busybox into the given folder."""
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        scratch = Path(name)
        try:
            kernel = download_kernel(scratch)
            busybox = download(BUSYBOX_PACKAGE, scratch)
        except MachineError:
            # The package lists may be missing, or older than what the archive has.
            as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
            run(*as_root, "apt-get", "update", "-qq")
            kernel = download_kernel(scratch)
            busybox = download(BUSYBOX_PACKAGE, scratch)
        modules = load_modules(kernel)

        parts = scratch / "parts"
        (parts / "modules").mkdir(parents=True)
        for module, content in modules.items():
            (parts / "modules" / f"{module}.ko").write_bytes(content)
        (parts / "modules" / "order").write_text("\n".join(modules) + "\n")
        (image,) = (kernel / "boot").glob("vmlinuz-*")
        shutil.move(image, parts / "vmlinuz")
        (program,) = busybox.glob("**/bin/busybox")
        shutil.move(program, parts / "busybox")
        parts.rename(into)


def machine_parts() -> Path:
    """Return the folder with the kernel, its modules and busybox, which it fetches when missing."""
    parts = CACHE / "parts"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not parts.exists():
            fetch_parts(parts)
    return parts


def cpio_entry(number: int, name: str, content: bytes = b"", mode: int = 0) -> bytes:
    """Return one file of an archive in the format that the kernel takes, cpio's newc."""
    encoded = name.encode() + b"\0"
    fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


def initramfs(parts: Path, job: bytes) -> bytes:
    """Return the initial root file system."""
    programs = {
        "init": INIT.encode(),
        "run_job": RUN_JOB.encode(),
        "job": job,
        "busybox": (parts / "busybox").read_bytes(),
    }
    modules = {f"modules/{path.name}": path.read_bytes() for path in parts.glob("modules/*")}
    entries = [cpio_entry(1, "modules", mode=0o040755)]
    for name, content in (programs | modules).items():
        entries.append(cpio_entry(len(entries) + 1, name, content, 0o100755))
    entries.append(cpio_entry(0, "TRAILER!!!"))
    return b"".join(entries)


def job_script(command: list[str]) -> bytes:
    """Return the script that runs the command as it would run here."""
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    words = ["/usr/bin/env", "-i", *environment, *command]
    script = f"cd {shlex.quote(str(Path.cwd()))} || exit 126\nexec {shlex.join(words)}\n"
    return os.fsencode(script)


def qemu_command(parts: Path, scratch: Path, cpus: int, ports: dict[str, int]) -> list[str]:
    """Return the command that boots the machine.

    Parameters
    ----------
    parts
        The folder with the kernel.
    scratch
        The folder with the initramfs, for the kernel's messages too.
    cpus
        How many processors the machine has.
    ports
        The descriptor that each port is written to.
    """
    command = ["qemu-system-x86_64", "-machine", "pc,accel=tcg", "-cpu", CPU, "-smp", str(cpus)]
    command += ["-m", str(MEMORY_MIB), "-nodefaults", "-no-user-config", "-no-reboot"]
    command += ["-display", "none", "-kernel", str(parts / "vmlinuz")]
    command += ["-initrd", str(scratch / "initramfs"), "-append", KERNEL_ARGUMENTS]
    command += ["-serial", f"file:{scratch / 'kernel.log'}"]
    command += ["-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"]
    command += ["-device", "virtio-9p-pci,fsdev=root,mount_tag=root"]
    command += ["-device", "virtio-serial-pci"]
    for name, descriptor in ports.items():
        number = PORTS[name]
        command += ["-add-fd", f"fd={descriptor},set={number}"]
        command += ["-chardev", f"file,id={name},path=/dev/fdset/{number},append=on"]
        command += ["-device", f"virtserialport,chardev={name},nr={number}"]
    # Dies with us even where we are killed without a chance to end it.
    return ["setpriv", "--pdeathsig", "KILL", *command]


@contextlib.contextmanager
def machine(parts: Path, job: bytes, cpus: int) -> Iterator[tuple[dict[str, int], Path]]:
    """Boot the machine, and end it with the context.

    Yields
    ------
    tuple
        The descriptors to read what is written to each port, and the folder with the files
        qemu.log and kernel.log.
    """
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pku-machine-")))
        (scratch / "initramfs").write_bytes(initramfs(parts, job))
        qemu_log = stack.enter_context((scratch / "qemu.log").open("wb"))
        readers, writers = {}, {}
        for name in PORTS:
            readers[name], writers[name] = os.pipe()
            stack.callback(os.close, readers[name])
        try:
            qemu = subprocess.Popen(
                qemu_command(parts, scratch, cpus, writers),
                stdin=subprocess.DEVNULL,
                stdout=qemu_log,
                stderr=qemu_log,
                pass_fds=list(writers.values()),
                # A terminal's Ctrl-C is for us.
                start_new_session=True,
            )
        finally:
            for writer in writers.values():
                os.close(writer)
        stack.callback(qemu.wait)
        stack.callback(qemu.kill)
        yield readers, scratch


def follow(ports: dict[str, int], deadline: float | None) -> bytes | None:
    """Pass on the command's output until it ends.

    Parameters
    ----------
    ports
        The descriptors to read from, by the names of PORTS.
    deadline
        When to give up, by the monotonic clock, in seconds.

    Returns
    -------
    bytes or None
        What the machine said as it ended: the command's exit status in a line, or nothing or a part
        of that if it failed. None if the deadline passed before.
    """
    outputs = {"out": sys.stdout.buffer, "err": sys.stderr.buffer}
    said = b""
    with selectors.DefaultSelector() as selector:
        for name, descriptor in ports.items():
            selector.register(descriptor, selectors.EVENT_READ, name)
        # The status comes after all output; by then that is in the pipes.
        while selector.get_map():
            left = None
            if said.endswith(b"\n"):
                left = 0.0
            elif deadline is not None:
                left = max(0.0, deadline - time.monotonic())
            ready = selector.select(left)
            if not ready:
                return said if said.endswith(b"\n") else None
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fd)
                elif key.data == "status":
                    said += data
                else:
                    outputs[key.data].write(data)
                    outputs[key.data].flush()
    return said


def failure(folder: Path) -> str:
    """Return what the machine left about why it ended early."""
    logs = ""
    for name in ("qemu.log", "kernel.log"):
        with contextlib.suppress(FileNotFoundError):
            logs += (folder / name).read_text(errors="replace")
    lines = [line for line in logs.splitlines() if line.strip()]
    return "\n  ".join(["the machine ended early", *lines[-40:]])


def run_on_machine(command: list[str], cpus: int, timeout: float | None) -> int:
    """Return the exit status of the command on the machine.

    Parameters
    ----------
    command
        The command and its arguments.
    cpus
        How many processors the machine has.
    timeout
        The time for the boot and the command, in seconds.
    """
    parts = machine_parts()
    deadline = None if timeout is None else time.monotonic() + timeout
    with machine(parts, job_script(command), cpus) as (ports, folder):
        said = follow(ports, deadline)
        if said is None:
            print(
                f"pku_machine: {shlex.join(command)} not finished after {timeout:g} s (with boot)",
                file=sys.stderr,
            )
            return EXIT_TIMEOUT
        if not said.endswith(b"\n"):
            raise MachineError(failure(folder))
        return int(said)


def end(number: int, frame: FrameType | None) -> NoReturn:
    """Leave on a signal, by way of what ends the machine."""
    del frame
    raise SystemExit(128 + number)


def main() -> int:
    """Run the command that the arguments tell."""
    parser = argparse.ArgumentParser(
        description="Run a command on an emulated machine whose processor has protection keys.",
    )
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="of boot and command")
    parser.add_argument("--cpus", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="and its arguments, after --")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        return run_on_machine(arguments.command, arguments.cpus, arguments.timeout)
    except MachineError as error:
        print(f"pku_machine: {error}", file=sys.stderr)
        return EXIT_MACHINE
    except BrokenPipeError:
        # Nobody reads what the command writes. Python would try once more as it ends.
        sys.stdout = None
        return 128 + signal.SIGPIPE


if __name__ == "__main__":
    sys.exit(main())
