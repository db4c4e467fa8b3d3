"""The results of a study, for its researchers."""
