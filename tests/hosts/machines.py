"""Debian hosts that boot on this machine: systemd as their first process, a network of their own.

Each is a tree of files under an overlay, started by systemd-nspawn in a network namespace.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.hosts.instance import ADDRESS, Instance
from tests.processes import ROOT, answers, eventually

TOOLS = ("mmdebstrap", "systemd-nspawn", "nft", "ip", "ssh", "ssh-keygen", "aws")
# Of what a cloud image has, what the playbooks count on.
_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "python3-apt", "sudo"),
    *("ca-certificates", "curl", "iproute2"),
)
# Hosts come and go, and none is known before.
SSH_OPTIONS = (
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "LogLevel=ERROR"),
)
NETWORK = "10.99.0.0/16"
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
# nspawn's own way to say that the host wants to start anew.
_REBOOT = 133
_BOOT_SECONDS = 120
# What a host needs of the kernel.
_TRIAL = """
mkdir lower upper work root
mount -t overlay trial -o lowerdir=lower,upperdir=upper,workdir=work root
ip link add trial type veth peer name other
nft add table ip trial
nft add chain ip trial post '{ type nat hook postrouting priority 100 ; }'
nft add rule ip trial post masquerade
"""
# Where cloud-init puts the user data, and what runs it there.
_USER_DATA = "var/lib/cloud/instance/scripts/part-001"
_CLOUD_INIT = f"""[Unit]
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutSec=0
KillMode=process
ExecStart=/{_USER_DATA}
"""
# Made once, in half a minute; every host is written over it.
_BASE = ROOT / ".local/hosts-base"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_DEBIAN = "http://deb.debian.org/debian"


def obstacle() -> str:
    """Say what keeps hosts from booting here; nothing if nothing does."""
    if os.geteuid() != 0:
        return "hosts boot for root only"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not found"
    if not os.access(_FORWARDING, os.W_OK):
        return f"{_FORWARDING} cannot be written"
    # All of it in namespaces that are gone at once, but for the folder: that must take an overlay.
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(
            ["unshare", "--net", "--mount", "--pid", "--fork", "sh", "-ec", _TRIAL],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    return f"this machine lets no host boot: {tried.stderr.strip()}" if tried.returncode else ""


class Lab:
    """The network of the hosts and what they are made from; everything is gone with ``close``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        self._made: list[Machine] = []
        self._could_forward = _FORWARDING.read_text()
        self._table = f"lab{os.getpid()}"
        if not _BASE.is_dir():
            _make_base()
        self._let_out()

    def boot(self, name: str) -> "Machine":
        """Start a fresh host and wait until it has started all."""
        machine = self.make(name)
        machine.start()
        machine.wait_until_up()
        return machine

    def make(self, name: str) -> "Machine":
        """Make a fresh host that has not been started."""
        machine = Machine(self, name, number=len(self._made) + 1)
        self._made.append(machine)
        machine.prepare()
        return machine

    def redirect(self, link: str, address: str) -> None:
        """Let what comes by a link ask for its metadata at an address."""
        rule = f"iifname {link} ip daddr {ADDRESS} tcp dport 80 dnat to {address}"
        run("nft", "add", "rule", "ip", self._table, "pre", *rule.split())

    def close(self) -> None:
        for machine in self._made:
            machine.destroy()
        subprocess.run(["nft", "delete", "table", "ip", self._table], check=False)
        _FORWARDING.write_text(self._could_forward)

    def _let_out(self) -> None:
        # Debian's packages come from outside; nothing else does.
        _FORWARDING.write_text("1")
        run("nft", "add", "table", "ip", self._table)
        for name, hook in (
            ("pre", "prerouting priority -100"),
            ("post", "postrouting priority 100"),
        ):
            chain = f"{{ type nat hook {hook} ; }}"
            run("nft", "add", "chain", "ip", self._table, name, chain)
        rule = f"ip saddr {NETWORK} ip daddr != {NETWORK} masquerade"
        run("nft", "add", "rule", "ip", self._table, "post", *rule.split())


class Machine:
    """One host; ``address`` is its own, ``gateway`` this machine's as it sees it."""

    def __init__(self, lab: Lab, name: str, *, number: int) -> None:
        self.name = name
        self.address = f"10.99.{number}.2"
        self.gateway = f"10.99.{number}.1"
        self._lab = lab
        self._namespace = f"lab{os.getpid()}-{number}"
        self._link = f"lab{os.getpid() % 10_000}x{number}"
        self._folder = lab.folder / name
        self._root = self._folder / "root"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._instance: Instance | None = None
        self._disk = ""

    @property
    def instance(self) -> Instance:
        assert self._instance is not None
        return self._instance

    def prepare(self) -> None:
        self._make_root()
        self._make_network()
        self._instance = Instance(self.gateway, f"i-{self.name}")
        self._lab.redirect(self._link, self._instance.address)

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file of the host, whether it runs or not."""
        file = self._root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def run_at_boot(self, user_data: str) -> None:
        """Have the user data run as cloud-init runs it: as root, while the host starts."""
        self.write(_USER_DATA, user_data, mode=0o700)
        self.write("etc/systemd/system/cloud-final.service", _CLOUD_INIT)
        wanted = self._root / "etc/systemd/system/multi-user.target.wants/cloud-final.service"
        wanted.symlink_to("/etc/systemd/system/cloud-final.service")

    def attach_disk(self, path: str, *, megabytes: int = 512) -> None:
        """Give the host an empty disk, before it starts."""
        file = self._folder / "disk"
        with file.open("wb") as disk:
            disk.truncate(megabytes * 2**20)
        device = run("losetup", "--find", "--show", str(file)).strip()
        self._disk = f"{device}:{path}"

    def start(self) -> None:
        log = (self._folder / "console.log").open("ab")
        nspawn = [
            *("systemd-nspawn", "--quiet", f"--directory={self._root}", f"--machine={self.name}"),
            *("--register=no", "--keep-unit", "--resolv-conf=off", "--boot"),
            f"--network-namespace-path=/run/netns/{self._namespace}",
            *((f"--bind={self._disk}",) if self._disk else ()),
        ]
        # It leaves when the host reboots, and is then started again.
        loop = f'while :; do "$@"; [ $? -eq {_REBOOT} ] || break; done'
        self._keeper = subprocess.Popen(
            ["sh", "-c", loop, "sh", *nspawn],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def wait_until_up(self) -> None:
        eventually(lambda: self._says("true"), f"{self.name} can be reached", _BOOT_SECONDS)
        eventually(self._is_running, f"{self.name} has started all", _BOOT_SECONDS)

    def ssh(self, *command: str) -> str:
        """Run a command as root and return what it printed; raises if it fails."""
        done = subprocess.run([*self._ssh(), *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{self.name}: {command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def answers(self, path: str, *, port: int = 8000) -> bool:
        return answers(f"http://{self.address}:{port}{path}")

    def reboot(self) -> None:
        before = self.ssh("cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat")
        subprocess.run([*self._ssh(), "systemctl", "reboot"], capture_output=True, check=False)
        eventually(lambda: not self._says("true"), f"{self.name} goes down", _BOOT_SECONDS)
        self.wait_until_up()
        assert self.ssh("cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat") != before

    def destroy(self) -> None:
        """Take it away as a power cut would, with all that it has written."""
        if self._keeper is not None:
            inits = _children_of(*_children_of(self._keeper.pid))
            os.killpg(self._keeper.pid, signal.SIGKILL)
            self._keeper.wait()
            self._keeper = None
            # With its first process, all of the host's are gone.
            for init in inits:
                os.kill(init, signal.SIGKILL)
        if self._instance is not None:
            self._instance.stop()
            self._instance = None
        # With the link its other end goes, too.
        for command in (["link", "delete", self._link], ["netns", "delete", self._namespace]):
            subprocess.run(["ip", *command], check=False, capture_output=True)
        eventually(self._is_unmounted, f"{self.name} lets go of its files")
        if self._disk:
            run("losetup", "--detach", self._disk.partition(":")[0])
            self._disk = ""

    def _is_unmounted(self) -> bool:
        subprocess.run(["umount", str(self._root)], check=False, capture_output=True)
        return not self._root.is_mount()

    def _says(self, command: str) -> bool:
        return (
            subprocess.run([*self._ssh(), command], capture_output=True, check=False).returncode
            == 0
        )

    def _is_running(self) -> bool:
        asked = [*self._ssh(), "systemctl", "is-system-running"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        return answer in ("running", "degraded")

    def _ssh(self) -> list[str]:
        return [
            *("ssh", "-i", str(self._lab.key), *SSH_OPTIONS, "-o", "BatchMode=yes"),
            *("-o", "ConnectTimeout=2", f"root@{self.address}"),
        ]

    def _make_root(self) -> None:
        folders = {each: self._folder / each for each in ("upper", "work", "root")}
        for folder in folders.values():
            folder.mkdir(parents=True)
        layers = f"lowerdir={_BASE},upperdir={folders['upper']},workdir={folders['work']}"
        run("mount", "-t", "overlay", "overlay", "-o", layers, str(self._root))
        (self._root / "etc/hostname").write_text(f"{self.name}\n")
        # The certificates of this machine, which a newer ca-certificates would replace.
        shutil.copyfile("/etc/ssl/certs/ca-certificates.crt", self._root / "etc/pip.crt")
        self.write("etc/pip.conf", "[global]\ncert = /etc/pip.crt\n")
        # Nothing here has to outlive a power cut.
        self.write("etc/dpkg/dpkg.cfg.d/lab", "force-unsafe-io\n")
        allowed = self._root / "root/.ssh/authorized_keys"
        allowed.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(self._lab.key.with_suffix(".pub"), allowed)

    def _make_network(self) -> None:
        inside = ("ip", "netns", "exec", self._namespace, "ip")
        run("ip", "netns", "add", self._namespace)
        pair = ("type", "veth", "peer", "name", "host0", "netns", self._namespace)
        run("ip", "link", "add", self._link, *pair)
        run("ip", "address", "add", f"{self.gateway}/24", "dev", self._link)
        run("ip", "link", "set", self._link, "up")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "address", "add", f"{self.address}/24", "dev", "host0")
        run(*inside, "link", "set", "host0", "up")
        run(*inside, "route", "add", "default", "via", self.gateway)


def _children_of(*parents: int) -> list[int]:
    found = []
    for parent in parents:
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        found += [int(each) for each in listed.split()]
    return found


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def _make_base() -> None:
    """Make a minimal Debian; where this machine is one, with its way to packages."""
    base = _BASE.with_suffix(".new")
    shutil.rmtree(base, ignore_errors=True)
    base.parent.mkdir(exist_ok=True)
    sources = _SOURCES.read_text().splitlines() if _SOURCES.exists() else []
    mirrors = (line.split()[1] for line in sources if line.startswith("URIs:"))
    words = ["--variant=minbase", f"--include={','.join(_PACKAGES)}"]
    run("mmdebstrap", *words, "bookworm", str(base), next(mirrors, _DEBIAN))
    # Under systemd-resolved the other is a stub that listens on this machine's loopback.
    resolvers = (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf"))
    shutil.copyfile(next(filter(Path.exists, resolvers)), base / "etc/resolv.conf")
    certificates = "etc/ssl/certs/ca-certificates.crt"
    shutil.copyfile(f"/{certificates}", base / certificates)
    if sources:
        (base / "etc/apt/sources.list").unlink(missing_ok=True)
        for folder in ("sources.list.d", "apt.conf.d"):
            shutil.copytree(f"/etc/apt/{folder}", base / "etc/apt" / folder, dirs_exist_ok=True)
    inside = ("--quiet", "--register=no", "--keep-unit", "--resolv-conf=off", f"--directory={base}")
    run("systemd-nspawn", *inside, "apt-get", "update", "-q")
    base.rename(_BASE)
