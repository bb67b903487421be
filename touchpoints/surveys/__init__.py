"""Surveys of one question: what people say of a touchpoint, and the quality they perceive."""
