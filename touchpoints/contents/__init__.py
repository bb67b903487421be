"""Contents: what nurtures. A library, its public addresses, who read what and what came of it."""
