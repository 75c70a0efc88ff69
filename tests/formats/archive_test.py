"""Archives of ours are read by Python's own modules, and theirs by us."""

import tarfile
import zipfile

import pytest
from converter import convert, items_of


def make_folder(tmp_path):
    folder = tmp_path / "photos"
    for name in ("a.jpg", "deep/er/b 1.jpg", "deep/ä.jpg", "x" * 120 + ".jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 1000)
    return folder


def pack_zip(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.jpg")):
            archive.write(file, file.relative_to(folder))


def pack_tar(folder, path):
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w", format=tarfile.GNU_FORMAT if "gnu" in path.name else tarfile.PAX_FORMAT) as archive:
        archive.add(folder, arcname=".")


@pytest.mark.parametrize("name,pack", [("a.zip", pack_zip), ("a.tar", pack_tar), ("a.tar.gz", pack_tar), ("gnu.tar", pack_tar)])
def test_archives_of_others(tmp_path, name, pack):
    folder = make_folder(tmp_path)
    pack(folder, tmp_path / name)
    report = convert(tmp_path / name, tmp_path / "out.jsonl")
    assert report["items"]["read"] == 4
    assert items_of(tmp_path / "out.jsonl").keys() == {str(path.relative_to(folder)) for path in folder.rglob("*.jpg")}


@pytest.mark.parametrize("name", ["out.zip", "out.tar", "out.tar.gz"])
def test_others_read_ours(tmp_path, name):
    folder = make_folder(tmp_path)
    convert(folder, tmp_path / name, "--to", "jsonl")
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            assert archive.testzip() is None
            found = {entry: archive.read(entry) for entry in archive.namelist()}
    else:
        with tarfile.open(tmp_path / name) as archive:
            found = {entry.name: archive.extractfile(entry).read() for entry in archive}
    assert found.pop("labels.jsonl").startswith(b'{"labelwright": 1')
    assert found == {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.jpg")}


def test_links_instead_of_copies(tmp_path):
    folder = make_folder(tmp_path)
    convert(folder, tmp_path / "out", "--to", "jsonl", "--media", "link")
    assert (tmp_path / "out" / "a.jpg").is_symlink() and (tmp_path / "out" / "a.jpg").resolve() == (folder / "a.jpg").resolve()


def test_folders_of_classes(tmp_path):
    for name in ("train/cat/1.jpg", "train/dog/2.jpg", "valid/cat/3.jpg"):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(b"x")
    convert(tmp_path / "pets", tmp_path / "first.jsonl")
    items = items_of(tmp_path / "first.jsonl")
    assert [(item["split"], item["labels"][0]["class"]) for item in items.values()] == [("train", "cat"), ("train", "dog"), ("val", "cat")]
    convert(tmp_path / "pets", tmp_path / "again", "--to", "folders")
    assert sorted(str(path.relative_to(tmp_path / "again")) for path in (tmp_path / "again").rglob("*.jpg")) == [
        "train/cat/1.jpg",
        "train/dog/2.jpg",
        "val/cat/3.jpg",
    ]
    albums = tmp_path / "albums"
    (albums / "summer").mkdir(parents=True)
    (albums / "summer" / "1.jpg").write_bytes(b"x")
    assert convert(albums, tmp_path / "albums.jsonl")["labels"]["read"] == 0
    assert convert(albums, tmp_path / "albums.jsonl", "--from", "folders")["labels"]["kinds"]["tag"] == 1
