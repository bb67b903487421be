"""The one way to strangers' servers: to public addresses looked up here, in bounded time."""
