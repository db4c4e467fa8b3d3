from types import SimpleNamespace

import pytest
import torch

from generation.nst import memory

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def free(monkeypatch, megabytes):
    found = SimpleNamespace(available=megabytes << 20)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: found)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (megabytes << 20, 0))


def test_a_batch_fits_the_memory_that_is_free(monkeypatch):
    """An image of 256 px needs 3 x 65,536 x 4 x 50 = 39 MB of vectors at a history of 20."""
    free(monkeypatch, 2 * (188 + 3 * 38))
    assert memory.images_at_once(CPU, 256 * 256, 20) == 3
    free(monkeypatch, 100_000)
    assert memory.images_at_once(CPU, 256 * 256, 20) == 4
    free(monkeypatch, 1)
    assert memory.images_at_once(CPU, 256 * 256, 20) == 1


def test_on_cuda_the_activations_of_all_images_count(monkeypatch):
    free(monkeypatch, 1000)  # (38 + 188) MB an image, of 800 MB
    assert memory.images_at_once(CUDA, 256 * 256, 20) == 3
    free(monkeypatch, 80_000)
    assert memory.images_at_once(CUDA, 256 * 256, 20) == 64


@pytest.mark.parametrize(("side", "images"), [(64, 16), (128, 4), (256, 1), (512, 1)])
def test_a_pass_on_a_cpu_stays_in_its_cache(side, images):
    assert memory.images_per_pass(CPU, side * side) == images


def test_a_pass_on_a_gpu_takes_the_whole_batch():
    assert memory.images_per_pass(CUDA, 512 * 512) >= 64


def test_what_a_lack_of_memory_looks_like():
    with pytest.raises(RuntimeError) as real:
        torch.empty(1 << 60)
    assert memory.is_out_of_memory(real.value)
    assert memory.is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not memory.is_out_of_memory(RuntimeError("size mismatch"))
    assert not memory.is_out_of_memory(MemoryError())
