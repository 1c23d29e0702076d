"""Draw changes of the impure half by lot, make one after the other, and run the tests that are about it.

    make mutants ARGS="--sample 25"                            of each package
    make mutants ARGS="--sample 25 --seed 3 --package net"     another sample, of one package

`tests/mutants.py` tries every change of the rules of linking; here there are tens of thousands, whose tests
speak to services, so a sample has to do. mutmut makes the changes, `HELD_BY` says which tests judge them. The
same seed draws the same sample from the same sources.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mutmut.mutation.file_mutation import mutate_file_contents

from tests.mutant_judges import Judges

HELD_BY: Final = {
    "client/devices": (
        "unit/devices e2e/test_devices e2e/test_device_commands e2e/test_marks e2e/test_renewed_keys "
        "e2e/test_profile_settings"
    ),
    "client/linking": (
        "unit/linking e2e/test_sdk_links e2e/test_kept_of_linking e2e/test_copies e2e/test_link_endings "
        "e2e/test_pairing e2e/test_linking_gaps e2e/test_quiet_recovery e2e/test_changed_keys "
        "e2e/test_link_crossings e2e/test_renewed_keys e2e/test_recovery_pages e2e/test_owner_aliases"
    ),
    "client/messaging": (
        "unit/test_timeline unit/test_recipients unit/test_peer_names unit/test_attachments "
        "contract/test_timeline_pages e2e/test_sending e2e/test_sdk_messages e2e/test_in_transit "
        "e2e/test_deletion e2e/test_unstated e2e/test_messenger_search e2e/test_renewed_keys"
    ),
    "client/profiles": (
        "e2e/test_sdk e2e/test_begun_profiles e2e/test_escrow e2e/test_escrow_login e2e/test_named_profiles "
        "e2e/test_publishing e2e/test_own_nonce e2e/test_contract_wallets e2e/test_renewed_keys"
    ),
    "client/reading": (
        "unit/test_known_names contract/test_kept_envelopes contract/test_seen_profiles e2e/test_inbox "
        "e2e/test_unknown_senders e2e/test_first_reader e2e/test_hostile_deliveries e2e/test_changed_keys "
        "e2e/test_whole_mailboxes e2e/test_marks"
    ),
    "client/state": "stored e2e/test_sending e2e/test_sdk e2e/test_sdk_links e2e/test_unstated",
    "client": "e2e/test_sdk e2e/test_forgiving e2e/test_deletion e2e/test_sdk_messages e2e/test_backups",
    "delivery": (
        "unit/test_submission_rates unit/test_delivery_settings "
        "e2e/test_delivery_service e2e/test_delivery_rpc e2e/test_delivery_auth e2e/test_delivery_profiles "
        "e2e/test_several_mailboxes e2e/test_escrow_service e2e/test_escrow_login e2e/test_delivery_full "
        "e2e/test_delivery_told e2e/test_paced_work e2e/test_moving e2e/test_waking e2e/test_rates "
        "e2e/test_large_pages"
    ),
    "net": (
        "unit/test_lookup_cache unit/test_bounded_cache unit/test_timed_cache unit/test_sources "
        "unit/test_addresses unit/test_timeouts unit/test_rpc_option unit/test_answers "
        "unit/test_delivery_answers unit/test_service_requests unit/test_refused_places unit/test_resolving "
        "e2e/test_guarded e2e/test_json_rpc_chain e2e/test_ens_client e2e/test_transactions "
        "e2e/test_hostile_gateways e2e/test_several_chains e2e/test_pools e2e/test_resolver"
    ),
    "store": (
        "contract unit/test_store_clock stored e2e/test_several_mailboxes e2e/test_escrow_service "
        "e2e/test_operators_names e2e/test_lost_databases"
    ),
    "service": (
        "unit/test_rate_limiter unit/test_byte_budget unit/test_time_limit unit/test_service_rules "
        "unit/test_body_slots unit/test_door "
        "e2e/test_delivery_told e2e/test_connection_bounds e2e/test_connections e2e/test_health "
        "e2e/test_delivery_clock "
        "e2e/test_delivery_rpc"
    ),
    "cli": (
        "unit/test_resolver_options unit/test_widget_options unit/test_rpc_option unit/test_key_files "
        "unit/test_showing unit/test_option_values unit/test_service_config unit/test_settings_files "
        "unit/test_transcripts unit/test_beside e2e/test_options_arrive e2e/test_cli_transcripts "
        "e2e/test_demo e2e/test_demo_on_chain e2e/test_resolver_setup e2e/test_cli_answers e2e/test_cli_use "
        "e2e/test_vault_commands e2e/test_device_commands e2e/test_watch e2e/test_escrow_cli "
        "e2e/test_cli_trust e2e/test_publishing e2e/test_service_keys e2e/test_moving e2e/test_deletion "
        "e2e/test_in_transit e2e/test_operators_names e2e/test_begun_profiles e2e/test_try_messenger "
        "e2e/test_cli_up e2e/test_cli"
    ),
}
"""Folders of `src/dm3`, and the tests that are about them, the longest path counts."""

PACKAGES: Final = ("client", "delivery", "net", "store", "service", "cli")


@dataclass(frozen=True)
class Mutant:
    """One changed function of a source file (its path below `src/dm3`)."""

    path: str
    name: str
    before: str
    after: str

    def lines(self) -> Iterator[str]:
        """What was changed, as lines with - and +."""
        found = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=0, lineterm="")
        for line in found:
            if not line.startswith(("---", "+++", "@@")):
                yield f"    {line[0]} {line[1:].strip()}"


def held_by(root: Path, path: str) -> list[str]:
    """The test files that are about a source file; ``root`` is where `tests` is."""
    folder = max((one for one in HELD_BY if path.startswith(f"{one}/")), key=len)
    found = []
    for name in HELD_BY[folder].split():
        inside = sorted((root / "tests" / name).glob("test_*.py"))
        found += inside or [root / "tests" / f"{name}.py"]
    return [file.relative_to(root).as_posix() for file in found if file.exists()]


def mutants_of(source: Path, root: Path) -> Iterator[Mutant]:
    """Every change that mutmut makes in a file, each as the whole file with that change."""
    before = source.read_text("utf-8")
    made = mutate_file_contents(str(source), before)
    lines, changed = before.splitlines(keepends=True), made.code.splitlines(keepends=True)
    bodies = {
        node.name: changed[node.body[0].lineno - 1 : node.end_lineno]
        for node in ast.walk(ast.parse(made.code))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    places = _places(ast.parse(before))
    for name in made.mutant_names:
        short = name.rpartition(".")[2]
        place = places.get(short.partition("__mutmut_")[0])
        if place is not None and short in bodies:
            after = "".join((*lines[: place[0]], *bodies[short], *lines[place[1] :]))
            yield Mutant(source.relative_to(root).as_posix(), short, before, after)


def _places(tree: ast.Module) -> dict[str, tuple[int, int]]:
    """First and last line of each body, by the name that mutmut gives its function."""
    found = {}
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        for one in inside:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                of = f"xǁ{node.name}ǁ{one.name}" if isinstance(node, ast.ClassDef) else f"x_{one.name}"
                found[of] = (one.body[0].lineno - 1, one.end_lineno or one.lineno)
    return found


def drawn(root: Path, package: str, count: int, seed: int) -> list[Mutant]:
    """``count`` of a package's mutants, by lot."""
    folder = root / package
    files = sorted(file for file in folder.rglob("*.py") if "migrations" not in file.parts)
    everything = [mutant for file in files for mutant in mutants_of(file, root)]
    lot = random.Random(f"{seed} {package}")
    return lot.sample(everything, min(count, len(everything)))


class Verdicts:
    """What the judges have said, kept in the folder: a run that was ended goes on where it was.

    A change that was noticed stays so for the same source; one that survived is judged anew when a test
    file that is about it has changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._judges = Judges(folder)
        self._file = folder / "verdicts.json"
        self._kept: dict[str, bool] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def noticed(self, mutant: Mutant, files: list[str]) -> bool:
        """Whether a test fails with a change."""
        of_change = hashlib.sha256("\0".join((mutant.path, mutant.before, mutant.after)).encode())
        of_judges = of_change.copy()
        for file in files:
            of_judges.update((self._folder / file).read_bytes())
        if of_change.hexdigest() in self._kept:
            return True
        if of_judges.hexdigest() in self._kept:
            return False
        found = self._judges.notice(mutant.path, mutant.before, mutant.after, files)
        self._kept[(of_change if found else of_judges).hexdigest()] = found
        self._file.write_text(json.dumps(self._kept))
        return found


def try_samples(folder: Path, count: int, seed: int, packages: tuple[str, ...]) -> float:
    """Try a sample of each package, print what survives and a table; returns the score in per cent."""
    verdicts = Verdicts(folder)
    rows, all_noticed, all_tried = [], 0, 0
    for package in packages:
        sample = drawn(folder / "src" / "dm3", package, count, seed)
        noticed = 0
        for mutant in sample:
            if verdicts.noticed(mutant, held_by(folder, mutant.path)):
                noticed += 1
                continue
            print(f"{mutant.path}: {mutant.name}", *mutant.lines(), sep="\n", flush=True)
        rows.append((package, len(sample), noticed))
        print(f"{package}: {noticed} of {len(sample)} noticed", flush=True)
        all_noticed, all_tried = all_noticed + noticed, all_tried + len(sample)
    print("\n| package | drawn | noticed | score |\n| --- | ---: | ---: | ---: |")
    for package, tried, noticed in (*rows, ("all", all_tried, all_noticed)):
        print(f"| `{package}` | {tried} | {noticed} | {100 * noticed / max(1, tried):.0f} % |")
    return 100 * all_noticed / max(1, all_tried)
