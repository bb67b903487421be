import subprocess
import sys
from pathlib import Path

from prm.embedded.locks import FileLock, is_held_alone
from prm.embedded.servers import ROOT


def hold_elsewhere(path: Path) -> "subprocess.Popen[str]":
    code = (
        "import sys, time; from pathlib import Path; from prm.embedded.locks import FileLock;"
        "lock = FileLock(Path(sys.argv[1])); lock.take(); lock.note('held'); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_lock_is_gone_with_a_holder_killed_with_9(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold_elsewhere(path) as holder, FileLock(path) as lock:
        assert is_held_alone(path)
        assert not lock.try_take()
        assert not lock.try_share()
        holder.kill()
        holder.wait()
        assert not is_held_alone(path)
        assert lock.try_take()
        assert lock.read() == "held"


def test_shares_exclude_nobody_but_those_who_want_it_alone(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock") as one, FileLock(tmp_path / "lock") as two:
        one.share()
        assert two.try_share()
        assert not is_held_alone(tmp_path / "lock")
        assert not one.try_take()


def test_a_lock_nobody_made_is_free(tmp_path: Path) -> None:
    assert not is_held_alone(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()
