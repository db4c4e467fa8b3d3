"""What changed a study's results or people's data: a log that is only ever added to."""
