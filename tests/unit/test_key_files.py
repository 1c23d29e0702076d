"""Files with private keys at the command line: what is in them is never shown, who can read them is."""

import pytest

from dm3.base.errors import ConfigurationError, InvalidInput
from dm3.cli.console.key_files import read_key, read_signer

KEY = "0x" + "05" * 32


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some.key"
    path.touch(mode=0o600)
    return path


@pytest.mark.parametrize("inside", ["", "0x12", "S3CRET" * 11, "0x" + "00" * 32, "7b" * 31, "7b" * 33])
def test_a_file_that_holds_no_key_is_named_and_not_shown(file, inside):
    file.write_text(inside)
    with pytest.raises(InvalidInput, match=r"some\.key does not hold a private key, 32 bytes") as refused:
        read_key(file)
    assert not inside or inside not in f"{refused.value}{refused.value.hint}"


@pytest.mark.parametrize("read", [read_key, read_signer])
@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_a_key_that_others_can_read_is_remarked_on(file, read, mode, told, capsys):
    file.write_text(KEY)
    file.chmod(mode)
    read(file)
    shown = capsys.readouterr()
    assert (f"chmod 600 {file}" in shown.err) == told
    assert not shown.out
    assert "0505" not in shown.err


def test_a_signer_that_is_made_is_told_of(tmp_path, capsys):
    made = read_signer(tmp_path / "signer.key")
    told = capsys.readouterr().err
    assert made is not None
    assert f"holds a new key: let the resolver contract know {made.address}" in told
    assert "chmod" not in told
    again = read_signer(tmp_path / "signer.key")
    assert again is not None
    assert again.address == made.address
    assert not capsys.readouterr().err
    assert read_signer(None) is None


def test_a_folder_is_no_key(tmp_path):
    for read in (read_key, read_signer):
        with pytest.raises(ConfigurationError, match="directory"):
            read(tmp_path)
