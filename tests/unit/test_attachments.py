"""Attachments: what was attached comes back, and nothing that a sender makes up does harm."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dm3.base.errors import Dm3Error, InvalidInput, MalformedData, TooLarge
from dm3.client import attach, save_attachments
from dm3.model import Attachment
from dm3.protocol.messages.attachments import (
    MAX_MESSAGE,
    MAX_NAME,
    attachment_of,
    content_of,
    describe_attachments,
    safe_file_name,
)
from tests.unit.strategies import any_text


@given(st.binary(max_size=300), st.sampled_from(["image/png", "text/plain", "application/vnd.api+json"]))
def test_what_was_attached_comes_back(data, mime):
    attachment = attachment_of(data, name="a.bin", mime=mime)
    assert content_of(attachment) == data
    [told] = describe_attachments([attachment])
    assert (told.name, told.mime, told.size, told.url) == ("a.bin", mime, len(data), None)


@pytest.mark.parametrize(
    ("uri", "data", "mime"),
    [
        ("data:,hello%20you", b"hello you", "application/octet-stream"),
        ("data:text/plain;charset=utf-8,h%C3%A4llo", "hällo".encode(), "text/plain"),
        ("data:text/plain,hällo", "hällo".encode(), "text/plain"),
        ("DATA:IMAGE/PNG;BASE64,AAEC", b"\x00\x01\x02", "image/png"),
        ("data:image/png;base64,AAE", b"\x00\x01", "image/png"),  # without its padding
        ("data:image/png;base64,AAE%3D", b"\x00\x01", "image/png"),
        ("data:text/plain;name=x.txt;base64,aGk=", b"hi", "text/plain"),
        ("data:nonsense;base64,aGk=", b"hi", "application/octet-stream"),
        ("data:text/plain,", b"", "text/plain"),
        ("data:,half\ud800", "half\ufffd".encode(), "application/octet-stream"),
    ],
)
def test_data_uris_of_other_programs_are_read(uri, data, mime):
    attachment = Attachment(uri)
    assert content_of(attachment) == data
    [told] = describe_attachments([attachment])
    assert (told.size, told.mime) == (len(data), mime)


@pytest.mark.parametrize("uri", ["https://example.org/a/b.png?x=1", "ipfs://bafy/b.png", "HTTP://x/b.png"])
def test_links_are_told_and_never_followed(uri):
    with pytest.raises(InvalidInput, match="link"):
        content_of(Attachment(uri))
    [told] = describe_attachments([Attachment(uri)])
    assert (told.name, told.size, told.url) == ("b.png", None, uri)


@pytest.mark.parametrize(
    "uri", ["", "hello", "data:", "data:text/plain", "javascript:alert(1)", "file:/etc/hosts"]
)
def test_what_is_no_uri_of_ours_is_malformed(uri):
    with pytest.raises(MalformedData):
        content_of(Attachment(uri))
    [told] = describe_attachments([Attachment(uri)])
    assert (told.name, told.size, told.url) == ("attachment-1", None, None)


def test_base64_that_is_none_is_malformed():
    with pytest.raises(MalformedData, match="base64"):
        content_of(Attachment("data:image/png;base64,A*=="))


def test_nothing_larger_than_allowed_is_decoded():
    large = Attachment("data:;base64," + base64.b64encode(bytes(1_001)).decode())
    with pytest.raises(TooLarge):
        content_of(large, max_bytes=1_000)
    assert len(content_of(large, max_bytes=1_001)) == 1_001
    with pytest.raises(TooLarge):
        content_of(Attachment("data:," + "x" * 1_001), max_bytes=1_000)


def test_nothing_larger_than_a_message_is_attached(tmp_path):
    with pytest.raises(TooLarge, match="big\\.bin"):
        attachment_of(bytes(MAX_MESSAGE), name="big.bin")
    path = tmp_path / "huge.bin"
    with path.open("wb") as file:
        file.truncate(MAX_MESSAGE + 1)
    with pytest.raises(TooLarge, match="huge\\.bin"):
        attach(path)


def test_a_media_type_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="media type"):
        attachment_of(b"", name="x", mime="image/png;base64,evil")


@given(any_text, st.none() | any_text)
@example("data:" + ";a" * 50 + ",", None)
@example("https://[", None)
def test_whatever_a_sender_makes_up_is_described_or_refused(data, name):
    [told] = describe_attachments([Attachment(data, name)])
    assert told.name
    told.name.encode()
    try:
        content_of(Attachment(data, name))
    except Dm3Error:
        return


# --- names of files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "safe"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/cron.d/job", "job"),
        (".bashrc", "bashrc"),
        ("..", "attachment"),
        ("", "attachment"),
        (None, "attachment"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ('what?"<>|*:.txt', "what_______.txt"),
        ("trailing. . .", "trailing"),
        ("Grüße 👋.txt", "Grüße 👋.txt"),
        ("half\ud800.txt", "half.txt"),
        ("x" * 300 + ".jpeg", "x" * (MAX_NAME - 5) + ".jpeg"),
    ],
)
def test_names_of_files_are_made_safe(given_, safe):
    assert safe_file_name(given_) == safe


@given(any_text | st.text("./\\ :\x00a\u202e👋", max_size=400))
def test_every_name_is_one_of_a_file_in_its_folder(name):
    safe = safe_file_name(name)
    assert PurePosixPath(safe).name == safe == PureWindowsPath(safe).name
    assert safe not in (".", "..")
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert 0 < len(safe.encode()) <= MAX_NAME
    assert safe_file_name(safe) == safe


# --- as files ----------------------------------------------------------------------------------------


async def test_files_are_attached_and_saved_again(tmp_path):
    source = tmp_path / "report.pdf"
    source.write_bytes(b"%PDF-")
    attached = [
        attach(source),
        attach(b"hello", name="note.txt"),
        attach(b"\x00", name="a", mime="image/png"),
    ]
    assert [told.mime for told in describe_attachments(attached)] == [
        "application/pdf",
        "text/plain",
        "image/png",
    ]
    saved = await save_attachments(attached, tmp_path / "new" / "folder")
    assert [path.name for path in saved] == ["report.pdf", "note.txt", "a"]
    assert [path.read_bytes() for path in saved] == [b"%PDF-", b"hello", b"\x00"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in saved)


async def test_saving_overwrites_nothing_and_follows_nothing(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("mine")
    (folder / "b.txt").symlink_to(outside)
    attached = [
        attach(b"new", name="a.txt"),
        attach(b"new", name="b.txt"),
        attach(b"evil", name="../outside.txt"),
    ]
    saved = await save_attachments(attached, folder)
    assert [path.name for path in saved] == ["a (2).txt", "b (2).txt", "outside.txt"]
    assert outside.read_text() == "precious"
    assert (folder / "a.txt").read_text() == "mine"
    assert all(path.parent == folder for path in saved)


async def test_what_was_saved_before_is_not_saved_again(tmp_path):
    attached = [attach(b"one", name="a.txt"), attach(b"two", name="a.txt")]
    first = await save_attachments(attached, tmp_path)
    assert await save_attachments(attached, tmp_path) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a (2).txt", "a.txt"]


async def test_links_are_not_saved(tmp_path):
    assert await save_attachments([Attachment("https://example.org/x.png")], tmp_path) == []


async def test_a_folder_that_cannot_be_used_is_an_error_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be saved"):
        await save_attachments([attach(b"x", name="x")], tmp_path / "file")
    with pytest.raises(InvalidInput, match="cannot be attached"):
        attach(tmp_path / "missing.txt")
