"""Setting up a study step by step: a draft keeps what was typed, a service makes the study."""
