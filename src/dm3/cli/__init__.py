"""`dm3 …`: the command line. The only place where everything is put together."""


def main() -> None:
    """Run the command line. Ctrl-C ends it with 130 at any time, also while it is still being loaded."""
    try:
        from .main import run  # loading takes a moment in which Ctrl-C may come

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


__all__ = ["main"]
