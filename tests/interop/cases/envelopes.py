"""envelopes.json: sealed messages with their metadata and postmark, good and faulty."""

from __future__ import annotations

from tests.interop.cases.actors import NOW, hash_of
from tests.interop.cases.document import Case, VectorFile
from tests.interop.cases.envelope_check import faulty_parts
from tests.interop.cases.envelope_faults import faulty
from tests.interop.cases.envelope_scene import Scene
from tests.interop.reference_peer import ReferencePeer


def envelopes(peer: ReferencePeer) -> VectorFile:
    # Ephemeral keys, nonces and times are given, so that the file only changes with its source.
    peer.call("setClock", milliseconds=NOW)
    peer.call("setEntropy", label="envelopes")
    try:
        scene = Scene.staged(peer)
        cases = [*good(scene), *faulty(scene)]
    finally:
        peer.call("setEntropy", label=None)
        peer.call("setClock", milliseconds=None)
    for case in cases:
        expected = [] if case["valid"] else [case["part"]]
        assert faulty_parts(peer, case) == expected, case["name"]
    return VectorFile(
        name="envelopes",
        section="2.4",
        description="Envelopes from `sender` to `receiver` by way of `delivery_service`."
        " A faulty one has exactly one fault, in `part`; everything else in it is in order.",
        packages=("messaging", "crypto"),
        cases=cases,
    )


def good(scene: Scene) -> list[Case]:
    hello, long = scene.message("hello, bob"), scene.message("Zoë 😀 " * 500)
    plain, stamped = scene.built(hello), scene.postmarked(scene.built(hello))
    instructed = {"to": "bob.eth", "from": "alice.eth", "deliveryInstruction": "by:1"}
    return [
        scene.case("without-postmark", plain, hello),
        scene.case("with-postmark", stamped, hello),
        scene.case("more-than-one-block", scene.postmarked(scene.built(long)), long),
        scene.case(
            "with-delivery-instruction",
            scene.with_metadata(plain, deliveryInformation=scene.for_service(instructed)),
            hello,
            delivery_information=instructed,
        ),
        # The newer reference names the hash of the message itself.
        scene.case(
            "message-hash-in-metadata",
            scene.with_message_hash(plain, hash_of(scene.peer, hello)),
            hello,
        ),
        scene.case("unknown-metadata-is-signed-too", scene.with_metadata(plain, later=[1.5]), hello),
    ]
