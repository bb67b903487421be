"""Other programs are told what happened: signed, kept until they took it, and never through a back door."""
