"""How an interaction is recognised as a touchpoint's own, when whoever sent it did not say."""
