// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A wallet that one key speaks for.
contract KeyedWallet {
    address public owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) public view virtual returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        address signer = ecrecover(hash, uint8(signature[64]), r, s);
        return signer != address(0) && signer == owner ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// A wallet of two keys: both signatures, one after the other.
contract PairWallet {
    address public first;
    address public second;

    constructor(address first_, address second_) {
        first = first_;
        second = second_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 130) return 0xffffffff;
        bool both = signed(hash, signature[0:65], first) && signed(hash, signature[65:130], second);
        return both ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }

    function signed(bytes32 hash, bytes calldata part, address key) private pure returns (bool) {
        return ecrecover(hash, uint8(part[64]), bytes32(part[0:32]), bytes32(part[32:64])) == key;
    }
}

/// Confirms nothing before somebody has called `prepare`.
contract LateWallet is KeyedWallet {
    bool private ready;

    constructor(address owner_) KeyedWallet(owner_) {}

    function prepare() external {
        ready = true;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) public view override returns (bytes4) {
        require(ready, "not prepared");
        return super.isValidSignature(hash, signature);
    }
}

/// Answers whatever it is asked with the same bytes.
contract ParrotWallet {
    bytes private answer;

    constructor(bytes memory answer_) {
        answer = answer_;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        return answer;
    }
}

/// Refuses whatever it is asked, with the yes of ERC-1271 as its reason.
contract RefusingWallet {
    fallback() external {
        assembly {
            mstore(0, shl(224, 0x1626ba7e))
            revert(0, 32)
        }
    }
}

/// Burns all the gas that it is given.
contract BurningWallet {
    fallback() external {
        for (uint256 i = 0; ; ++i) {}
    }
}

/// Ends with an invalid instruction, which burns all gas at once.
contract BrokenWallet {
    fallback() external {
        assembly {
            invalid()
        }
    }
}

/// Says nothing, for a megabyte.
contract EndlessWallet {
    fallback() external {
        assembly {
            return(0, 1048576)
        }
    }
}

/// Lets whoever simulates do anything, as some contracts do that take the zero address for nobody.
contract SimulatedWallet {
    bool private open;

    function prepare() external {
        require(tx.origin == address(0), "not a simulation");
        open = true;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return open ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// Deploys keyed wallets to addresses known beforehand (ERC-6492).
contract WalletFactory {
    function deploy(address owner, bytes32 salt) external returns (address) {
        return address(new KeyedWallet{salt: salt}(owner));
    }

    function addressOf(address owner, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(KeyedWallet).creationCode, abi.encode(owner)));
        bytes32 digest = keccak256(abi.encodePacked(hex"ff", address(this), salt, code));
        return address(uint160(uint256(digest)));
    }
}
