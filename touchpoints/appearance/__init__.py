"""How an organisation looks to the people it talks to: its logo, its colour, and the pictures it shows them."""
