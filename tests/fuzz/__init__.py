"""Coverage-guided fuzzing: `make fuzz` runs it, an ordinary test replays its corpus."""
