// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Asks a contract wallet whether it signed, within one eth_call that leaves nothing behind: the wallet
/// may still have to be deployed or prepared by a call to its factory (ERC-6492), and what it answers may
/// be anything. Without a factory the zero address is given.
///
/// It runs as creation code. The "code" that it returns is one byte: 1 for yes, 0 for no.
contract WalletCheck {
    bytes4 private constant MAGIC = 0x1626ba7e; // isValidSignature(bytes32,bytes), ERC-1271

    constructor(
        address wallet,
        bytes32 hash,
        bytes memory signature,
        address factory,
        bytes memory preparation
    ) {
        bytes memory question = abi.encodeWithSelector(MAGIC, hash, signature);
        bool yes = confirms(wallet, question);
        if (!yes && factory != address(0)) {
            // Not deployed yet, or deployed and not prepared for this signature yet.
            run(factory, preparation);
            yes = confirms(wallet, question);
        }
        assembly {
            mstore8(0, yes)
            return(0, 1)
        }
    }

    // Half of the gas that is left goes into each call, so that none can burn what is needed to answer.
    // Returned data is not copied beyond one word, whatever its size.

    function confirms(address wallet, bytes memory question) private view returns (bool yes) {
        if (wallet.code.length == 0) return false;
        assembly {
            mstore(0, 0)
            let done := staticcall(div(gas(), 2), wallet, add(question, 32), mload(question), 0, 32)
            yes := and(and(done, gt(returndatasize(), 31)), eq(mload(0), MAGIC))
        }
    }

    function run(address factory, bytes memory preparation) private {
        assembly {
            pop(call(div(gas(), 2), factory, 0, add(preparation, 32), mload(preparation), 0, 0))
        }
    }
}
