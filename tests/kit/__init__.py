"""Parts of scenes that any test can place."""
