"""What people are interested in: themes, told from what they look at."""
