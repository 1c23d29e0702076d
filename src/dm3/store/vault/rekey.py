"""A new data key for a vault: who had the former one can open nothing that is kept from now on."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from dm3.crypto import Passphrase, RandomBytes

from .change import require_generation
from .keys import DataKey, RecordCipher, wrap
from .tables import header, item
from .vault import Vault, unlock_header

_PAGE: Final = 200


async def rekey_vault(vault: Vault, passphrase: Passphrase, random: RandomBytes) -> tuple[int, bool]:
    """Seal every record under a new data key, in one transaction. Other programs must open the vault again.

    Returns how many records, and whether the former state is gone from the files: False while another
    program holds the vault. Raises `VaultLocked` for a wrong passphrase, `LocalProtocolError` for a vault
    in memory, `StoreError` for a damaged record; nothing is changed then.
    """

    def work(connection: Connection) -> tuple[int, DataKey]:
        require_generation(connection, vault.generation)
        former = unlock_header(connection, passphrase, random)
        data_key = former.renewed(random)
        count = _seal_anew(connection, RecordCipher(former, random), RecordCipher(data_key, random))
        kdf, wrapped = wrap(data_key, passphrase, random)
        connection.execute(
            update(header).values(kdf=kdf, wrapped_key=wrapped, generation=vault.generation + 1)
        )
        return count, data_key

    count, data_key = await vault.database.write(work)
    vault.use_key(data_key, vault.generation + 1)
    return count, await vault.database.fold_in(patiently=True)


def _seal_anew(connection: Connection, former: RecordCipher, cipher: RecordCipher) -> int:
    count = after = 0
    page = select(item).where(item.c.seq > bindparam("after")).order_by(item.c.seq).limit(_PAGE)
    anew = update(item).where(item.c.seq == bindparam("at"))
    while rows := connection.execute(page, {"after": after}).all():
        changes = []
        for row in rows:
            record_type, key = row.record_type.encode(), cipher.blind_again(row.key)
            plain = former.open(row.sealed, record_type + row.key)
            changes.append(
                {
                    "at": row.seq,
                    "key": key,
                    "section": cipher.blind_again(row.section),
                    "sealed": cipher.seal(plain, record_type + key),
                }
            )
        connection.execute(anew, changes)
        count, after = count + len(rows), rows[-1].seq
    return count
