"""Backfills on a Dask cluster over TLS: who is not of the cluster's authority gets in nowhere, and is told why."""

import os
import subprocess
from pathlib import Path

import dask.config
import pytest

from backfill_cases import NOW, build_articles, read_all, write_archive
from framewire.backfill import pools
from framewire.backfill.pools import Tls, build_security
from framewire.backfill.run import BackfillOrder, run_backfill
from framewire.errors import BackfillError, ConfigError
from framewire.workflow.workspace import open_workspace
from test_backfill import trained, without_source
from test_backfill_cluster import WORKER, cluster, count_workers, start_dask, wait_for
from test_cli import invoke

__all__ = ["trained"]
ADDRESS = "tls://10.0.0.7:8786"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make_authority(folder: Path, name: str) -> None:
    """An authority, and a certificate with its key that it has signed: `name-ca.pem`, `name.pem`, `name.key`."""
    own, ca = folder / name, folder / f"{name}-ca"
    signed = ("-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "3650")
    for order in (
        ("req", "-x509", *CURVE, "-days", "3650", "-subj", f"/CN={name} authority", "-keyout", f"{ca}.key", "-out", f"{ca}.pem"),
        ("req", *CURVE, "-subj", f"/CN={name}", "-keyout", f"{own}.key", "-out", f"{own}.csr"),
        ("x509", "-req", "-in", f"{own}.csr", *signed, "-out", f"{own}.pem"),
    ):  # fmt: skip
        subprocess.run(["openssl", *order], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the cluster's authority made, `own`, and another's, `other`."""
    folder = tmp_path_factory.mktemp("authorities")
    try:
        for name in ("own", "other"):
            make_authority(folder, name)
    except FileNotFoundError:
        if os.environ.get("FRAMEWIRE_REQUIRE_ALL") == "1":
            pytest.fail("openssl is not there")
        pytest.skip("openssl is not there")
    return folder


def choose(folder: Path, ca: str = "own", certificate: str = "own", key: str | None = None) -> Tls:
    return Tls(folder / f"{ca}-ca.pem", folder / f"{certificate}.pem", folder / f"{key or certificate}.key")


def as_options(tls: Tls) -> list[str]:
    """The options of Dask's own programs."""
    return ["--tls-ca-file", str(tls.ca), "--tls-cert", str(tls.certificate), "--tls-key", str(tls.key)]


def test_the_cluster_is_spoken_to_by_the_files_that_are_named(certificates: Path) -> None:
    security = build_security(ADDRESS, choose(certificates))
    assert security.require_encryption is True
    assert security.tls_ca_file == str(certificates / "own-ca.pem")
    asked = security.get_connection_args("client")
    assert asked["require_encryption"] is True
    assert asked["ssl_context"].verify_mode.name == "CERT_REQUIRED"
    assert [one["subject"] for one in asked["ssl_context"].get_ca_certs()] == [((("commonName", "own authority"),),)]
    assert build_security("tcp://127.0.0.1:8786", pools.NO_TLS) is None


def test_what_no_option_names_is_dasks_own_configuration(certificates: Path) -> None:
    own = choose(certificates)
    names = {"ca-file": own.ca, "client.cert": own.certificate, "client.key": own.key}
    settings = {f"distributed.comm.tls.{name}": str(path) for name, path in names.items()}
    with dask.config.set(settings):
        security = build_security(ADDRESS, pools.NO_TLS)
        assert (security.require_encryption, security.tls_client_key) == (True, str(own.key))
        other = build_security(ADDRESS, Tls(ca=certificates / "other-ca.pem"))
        assert (other.tls_ca_file, other.tls_client_key) == (str(certificates / "other-ca.pem"), str(own.key))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": "other"}, "the key is not that of the certificate"),
        ({"ca": "none"}, "No such file or directory"),
        ({"certificate": "own-ca", "key": "own"}, "the key is not that of the certificate"),
        ({"ca": "text"}, "no PEM file of its kind"),
    ],
)
def test_files_that_do_not_fit_are_refused_before_anything_is_asked(
    certificates: Path, change: dict[str, str], told: str
) -> None:
    (certificates / "text-ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=told) as refused:
        build_security(ADDRESS, choose(certificates, **change))
    assert str(certificates) not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--dask", "tcp://10.0.0.7:8786"), "in the clear"),
        (("--dask", "tcp://127.0.0.1:8786", "--tls-ca", "ca.pem"), "go with --dask tls://HOST:PORT"),
        (("--dask", ADDRESS), "TLS needs an authority, a certificate and a key"),
        (("--dask", ADDRESS, "--tls-ca", "none.pem"), "--tls-ca none.pem: no such file"),
    ],
)
def test_the_command_refuses_what_is_not_safe_before_it_reads_anything(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    (tmp_path / "framewire.toml").write_text("")
    done = invoke("backfill", "nowhere.jsonl", "--out", str(tmp_path / "out"), "-w", str(tmp_path), *options)
    assert done.exit_code in (1, 2)
    assert told in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_over_tls(trained: Path, certificates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CONNECT_SECONDS", 60)
    path, own = write_archive(tmp_path, "jsonl", build_articles(12)), choose(certificates)
    here = open_workspace(trained)

    def ask(address: str, tls: Tls, out: str) -> None:
        run_backfill(here, BackfillOrder((str(path),), dask=address, tls=tls), tmp_path / out, now=NOW)

    run_backfill(here, BackfillOrder((str(path),)), tmp_path / "one", now=NOW)
    security = build_security("tls://127.0.0.1:1", own)
    with cluster(tmp_path, n_workers=0, tls=as_options(own), security=security) as (address, _):
        assert address.startswith("tls://127.0.0.1:")
        strangers = {
            "bare": start_dask(tmp_path, "worker", address, *WORKER, "--death-timeout", "5"),
            "other": start_dask(
                tmp_path, "worker", address, *WORKER, "--death-timeout", "5", *as_options(choose(certificates, "own", "other"))
            ),
        }  # fmt: skip
        assert {name: one.wait(120) for name, one in strangers.items()} == {"bare": 1, "other": 1}
        log = (tmp_path / "dask.log").read_text()
        assert "TLS handshake failed" in log, "the scheduler names who was refused"
        assert "perhaps check your TLS configuration" in log, "a worker without a certificate says what it lacks"
        with pytest.raises(BackfillError, match=r"has no worker.*--tls-ca-file"):
            ask(address, own, "two")
        for stranger in (choose(certificates, "other", "other"), choose(certificates, "own", "other")):
            with pytest.raises(BackfillError, match="do not accept each other's certificates"):
                ask(address, stranger, "two")
        with pytest.raises(BackfillError, match="If it asks for TLS, its address begins with tls://"):
            ask(address.replace("tls://", "tcp://"), pools.NO_TLS, "two")
        worker = start_dask(tmp_path, "worker", address, *WORKER, *as_options(own))
        try:
            wait_for(lambda: count_workers(address, security) == 1)
            words = ("--tls-ca", str(own.ca), "--tls-cert", str(own.certificate), "--tls-key", str(own.key))
            done = invoke(
                "backfill", str(path), "--out", str(tmp_path / "two"), "-w", str(trained), "--dask", address, *words,
                "--now", NOW.isoformat(),
            )  # fmt: skip
            assert done.exit_code == 0, done.output
            assert done.stdout.startswith("12 articles labelled, 12 in all")
        finally:
            worker.kill()
            worker.wait()
    assert without_source(read_all(tmp_path / "two")) == without_source(read_all(tmp_path / "one"))
