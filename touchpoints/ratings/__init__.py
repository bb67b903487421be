"""What members say of touchpoints, how it changed, and what importance and quality together mean."""
