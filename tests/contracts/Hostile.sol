// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A resolver for whole domains that nobody should have to deal with: what it does is said when it is made.
contract HostileResolver {
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callback, bytes extraData);

    enum Mode { TRUSTING, LOOPING, HUGE, BURNING, WORDY }

    Mode private mode;
    address private sender;
    string[] private urls;

    constructor(Mode mode_, address sender_, string[] memory urls_) {
        mode = mode_;
        sender = sender_ == address(0) ? address(this) : sender_;
        urls = urls_;
    }

    function supportsInterface(bytes4) external pure returns (bool) {
        return true;
    }

    function resolve(bytes calldata, bytes calldata) external view returns (bytes memory) {
        if (mode == Mode.HUGE) return new bytes(700_000);
        if (mode == Mode.BURNING) while (true) {}
        sendOn();
    }

    /// Trusts whatever a gateway says.
    function back(bytes calldata answer, bytes calldata) external view returns (bytes memory) {
        if (mode == Mode.LOOPING) sendOn();
        return answer;
    }

    function sendOn() private view {
        bytes memory more = mode == Mode.WORDY ? new bytes(100_000) : new bytes(0);
        revert OffchainLookup(sender, urls, hex"07", this.back.selector, more);
    }
}

/// A resolver of the time before wildcards: it has texts and addresses and says of nothing that it has it.
contract OldResolver {
    mapping(bytes32 => mapping(string => string)) public text;
    mapping(bytes32 => address) public addr;

    function setText(bytes32 node, string calldata key, string calldata value) external {
        text[node][key] = value;
    }

    function setAddr(bytes32 node, address to) external {
        addr[node] = to;
    }
}
