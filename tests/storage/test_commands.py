import os
import subprocess
import sys

from tests.storage.moto import free_port


def test_a_command_that_meets_trouble_with_the_storage_says_so_in_one_line(tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TEXTURESTUDY_")} | {
        "TEXTURESTUDY_DATA_DIR": str(tmp_path),
        "TEXTURESTUDY_STORAGE_URL": f"s3://key:secret@127.0.0.1:{free_port()}/bucket?tls=0",
        "DJANGO_SETTINGS_MODULE": "texturestudy.settings",
    }

    def manage(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words], env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    assert manage("migrate", "-v0").returncode == 0
    picture = tmp_path / "old/content/ab/abc.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"pixels")
    ended = manage("copy_files", str(tmp_path / "old"))
    assert ended.returncode == 1
    assert "StorageError: the bucket bucket at http://127.0.0.1" in ended.stderr
    assert "does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr
