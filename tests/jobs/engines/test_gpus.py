"""Who gets which GPU; none is needed for that."""

from __future__ import annotations

import stat

import pytest

from jobs.engines import EngineError, gpus


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        ("0,1,3", ["0", "1", "3"]),
        ("GPU-8932, MIG-77", ["GPU-8932", "MIG-77"]),
        ("2", ["2"]),
        ("", []),
        ("-1", []),
        ("1,-1,2", ["1"]),  # CUDA looks no further than a name that there is not
        ("NoDevFiles", []),
    ],
)
def test_gpus_are_those_that_cuda_may_see(monkeypatch, visible, found):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.seen("auto") == gpus.seen("cuda") == found


@pytest.mark.parametrize("device", ["cpu", "mps", "cuda:1"])
def test_a_device_that_is_named_is_everybodys(monkeypatch, device):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert gpus.seen(device) == []


def test_pytorch_counts_what_the_driver_has(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpus, "_COUNT", "print(3)")
    monkeypatch.setattr(gpus, "_has_driver", lambda: True)
    assert gpus.seen("auto") == ["0", "1", "2"]
    monkeypatch.setattr(gpus, "_COUNT", "raise SystemExit('no libcudart')")
    with pytest.raises(EngineError, match=r"expected PyTorch to count .* got: no libcudart"):
        gpus.seen("auto")


def test_without_a_driver_pytorch_is_not_asked(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpus, "_DEVICES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gpus, "_COUNT", "print(1)")
    assert gpus.seen("auto") == []
    (tmp_path / "nvidiactl").touch()
    assert gpus.seen("auto") == []
    (tmp_path / "nvidia0").touch()
    assert gpus.seen("auto") == ["0"]
    (tmp_path / "nvidia0").unlink()
    tool = tmp_path / "nvidia-smi"
    tool.touch()
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    assert gpus.seen("auto") == ["0"]


def test_each_process_gets_one_gpu_and_the_first_follow_the_last():
    name = "CUDA_VISIBLE_DEVICES"
    assert gpus.share_out(["2", "5"], 2) == [{name: "2"}, {name: "5"}]
    assert gpus.share_out(["2", "5"], 3) == [{name: "2"}, {name: "5"}, {name: "2"}]
    assert gpus.share_out(["2", "5"], 1) == [{name: "2"}]
    assert gpus.share_out(["2"], 2) == gpus.share_out([], 2) == [{}, {}]
