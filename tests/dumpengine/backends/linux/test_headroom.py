"""Control groups, the room they leave for a copy, and the time they leave to make it."""

from __future__ import annotations

import os
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads procfs")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import headroom, procfs
    from dumpengine.backends.linux.cgroups import Group, groups_of
    from dumpengine.backends.linux.costs import clone_ms, stop_ms

PID = 4242
MIB = 1 << 20
V2 = "30 1 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "31 1 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
STATUS = "RssAnon:\t102400 kB\nVmSwap:\t10240 kB\nVmPTE:\t1024 kB\n"  # 111 MiB
ROOM = 111 * MIB
OWN = "/sys/fs/cgroup/a.slice/b.scope"


@pytest.fixture
def system(monkeypatch):
    """A system of files: fill in; what is not there cannot be read."""
    files = {
        f"/proc/{PID}/status": STATUS,
        f"/proc/{PID}/cgroup": "0::/a.slice/b.scope\n",
        "/proc/self/mountinfo": V2,
        "/proc/meminfo": "MemFree: 900000 kB\nMemAvailable: 1000000 kB\n",
    }

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path].encode()

    monkeypatch.setattr(procfs, "read_bytes", read)
    return files


def folders(system, controller: str = "memory") -> list[str]:
    return [group.folder for group in groups_of(PID, controller).groups]


class TestGroups:
    def test_all_ancestors_up_to_the_mount(self, system):
        assert folders(system) == [OWN, "/sys/fs/cgroup/a.slice", "/sys/fs/cgroup"]
        assert not groups_of(PID, "memory").hidden

    def test_the_root_of_a_namespace_is_a_group_like_others(self, system):
        system[f"/proc/{PID}/cgroup"] = "0::/\n"
        assert folders(system) == ["/sys/fs/cgroup"]

    def test_each_controller_of_version_1_has_its_own(self, system):
        system[f"/proc/{PID}/cgroup"] = "4:memory:/docker/x\n2:cpu,cpuacct:/\n0::/\n"
        system["/proc/self/mountinfo"] = (
            V2 + V1 + "32 1 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
        )
        assert groups_of(PID, "memory").groups == (
            Group("/sys/fs/cgroup/memory/docker/x", 1),
            Group("/sys/fs/cgroup/memory/docker", 1),
            Group("/sys/fs/cgroup/memory", 1),
            Group("/sys/fs/cgroup", 2),
        )
        assert folders(system, "cpu") == ["/cg/cpu", "/sys/fs/cgroup"]

    def test_a_container_sees_its_own_group_as_the_mount(self, system):
        system["/proc/self/mountinfo"] = V2.replace(" / ", " /a.slice/b.scope ", 1)
        assert folders(system) == ["/sys/fs/cgroup"]

    @pytest.mark.parametrize("path", ["/../other.scope", "/a.slice"])
    def test_a_group_that_no_mount_shows_is_hidden(self, system, path):
        system[f"/proc/{PID}/cgroup"] = f"0::{path}\n"
        system["/proc/self/mountinfo"] = V2.replace(" / ", " /a.slice/b.scope ", 1)
        assert groups_of(PID, "memory").hidden
        assert "cannot be seen" in headroom.no_room_for_copy(PID, b"")

    def test_no_groups_at_all(self, system):
        system[f"/proc/{PID}/cgroup"] = "0::/\n"
        system["/proc/self/mountinfo"] = ""
        assert groups_of(PID, "memory").groups == ()
        assert not groups_of(PID, "memory").hidden


class TestRoom:
    def has_room(self) -> bool:
        return headroom.no_room_for_copy(PID, b"") == ""

    @pytest.mark.parametrize("file", ["memory.max", "memory.high"])
    @pytest.mark.parametrize("folder", [OWN, "/sys/fs/cgroup/a.slice", "/sys/fs/cgroup"])
    def test_every_private_page_must_find_room(self, system, folder, file):
        system[f"{folder}/memory.current"] = "1000"
        system[f"{folder}/{file}"] = str(1000 + ROOM)
        assert self.has_room()
        system[f"{folder}/{file}"] = str(999 + ROOM)
        assert "control group" in headroom.no_room_for_copy(PID, b"")
        system[f"{folder}/{file}"] = "max"
        assert self.has_room()

    def test_files_that_can_be_dropped_are_room(self, system):
        system[f"{OWN}/memory.max"] = str(ROOM)
        system[f"{OWN}/memory.current"] = str(50 * MIB)
        assert not self.has_room()
        stat = f"inactive_file {60 * MIB}\nfile_dirty {5 * MIB}\nfile_writeback {5 * MIB}\n"
        system[f"{OWN}/memory.stat"] = stat
        assert self.has_room()
        system[f"{OWN}/memory.stat"] = stat.replace(f"dirty {5 * MIB}", f"dirty {6 * MIB}")
        assert not self.has_room()

    @pytest.mark.parametrize("folder", [OWN, "/sys/fs/cgroup/a.slice"])
    def test_but_not_where_the_whole_group_would_be_killed(self, system, folder):
        system[f"{OWN}/memory.max"] = str(ROOM)
        system[f"{OWN}/memory.current"] = str(50 * MIB)
        system[f"{OWN}/memory.stat"] = f"inactive_file {60 * MIB}\n"
        system[f"{folder}/memory.oom.group"] = "1"
        assert not self.has_room()

    @pytest.mark.parametrize(
        ("limit", "used"),
        [
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            ("memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes"),
        ],
    )
    def test_version_1(self, system, limit, used):
        system[f"/proc/{PID}/cgroup"] = "4:memory:/x\n"
        system["/proc/self/mountinfo"] = V1
        system[f"/sys/fs/cgroup/memory/x/{used}"] = "500"
        system[f"/sys/fs/cgroup/memory/x/{limit}"] = str(500 + ROOM)
        assert self.has_room()
        system[f"/sys/fs/cgroup/memory/x/{limit}"] = str(499 + ROOM)
        assert not self.has_room()
        system["/sys/fs/cgroup/memory/x/memory.stat"] = "total_inactive_file 1\n"
        assert self.has_room()

    def test_a_limit_above_the_namespace(self, system):
        system[f"/proc/{PID}/cgroup"] = "4:memory:/\n"
        system["/proc/self/mountinfo"] = V1
        system["/sys/fs/cgroup/memory/memory.usage_in_bytes"] = "500"
        system["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712"
        stat = "/sys/fs/cgroup/memory/memory.stat"
        system[stat] = f"hierarchical_memory_limit {500 + ROOM}\n"
        assert self.has_room()
        system[stat] = f"hierarchical_memory_limit {499 + ROOM}\n"
        assert not self.has_room()

    def test_the_machine(self, system):
        system["/proc/meminfo"] = f"MemFree: 1 kB\nMemAvailable: {111 * 1024} kB\n"
        assert self.has_room()
        system["/proc/sys/vm/oom_kill_allocating_task"] = "1\n"
        assert "the machine" in headroom.no_room_for_copy(PID, b"")
        system["/proc/meminfo"] = f"MemFree: {111 * 1024 - 1} kB\n"
        assert "the machine" in headroom.no_room_for_copy(PID, b"")


class TestTime:
    @pytest.fixture(autouse=True)
    def one_gibibyte(self, system, monkeypatch):
        monkeypatch.setattr(procfs, "living_task", lambda pid: pid)
        monkeypatch.setattr(procfs, "task_ids", lambda _: [PID])
        system[f"/proc/{PID}/status"] = f"VmRSS:\t{1 << 20} kB\n"
        system[f"/proc/{PID}/maps"] = "\n" * 10

    def test_a_quota_makes_a_clone_take_longer(self, system):
        unlimited = clone_ms(PID)
        system[f"{OWN}/cpu.max"] = "max 100000\n"
        assert clone_ms(PID) == unlimited
        system[f"{OWN}/cpu.max"] = "200000 100000\n"
        assert clone_ms(PID) == unlimited
        system["/sys/fs/cgroup/a.slice/cpu.max"] = "10000 100000\n"
        assert clone_ms(PID) == pytest.approx(unlimited * 10)

    def test_version_1(self, system):
        system[f"/proc/{PID}/cgroup"] = "2:cpu:/x\n"
        system["/proc/self/mountinfo"] = V1.replace("memory", "cpu")
        unlimited = clone_ms(PID)
        system["/sys/fs/cgroup/cpu/x/cpu.cfs_period_us"] = "100000"
        system["/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us"] = "-1"
        assert clone_ms(PID) == unlimited
        system["/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us"] = "200"
        assert clone_ms(PID) == pytest.approx(unlimited * 500)

    def test_copying_takes_longer_than_describing(self):
        assert stop_ms(PID, bulk=True) > 10 * stop_ms(PID, bulk=False) > 0
        assert stop_ms(PID, bulk=True, redact=True) > 2 * stop_ms(PID, bulk=True)


def test_our_own_groups_are_found():
    if not os.path.exists("/proc/self/cgroup"):
        pytest.skip("no control groups")
    for group in groups_of(os.getpid(), "memory").groups:
        assert os.path.isdir(group.folder)
